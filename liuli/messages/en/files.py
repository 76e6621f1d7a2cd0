"""English texts: files of models."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL901": Text(
        "there is no file {path}",
        "{near}",
        "The name is spelled differently, or the program runs in another folder: a path that does "
        "not begin at the root is looked for in os.getcwd().",
    ),
    "LL902": Text(
        "{path} is a folder, and must be a file",
        "",
        "Add the name of the file to the path of the folder, as in folder/model.safetensors.",
    ),
    "LL903": Text(
        "{path} cannot be read: {error}",
        "",
        "The system refuses. Look at who may read the file, and whether another program has it "
        "open.",
    ),
    "LL904": Text(
        "{path} is empty: it has 0 bytes",
        "",
        "Whatever wrote or copied it did not finish. Load the previous checkpoint, or copy or "
        "download the file again.",
    ),
    "LL905": Text(
        "{path} is not a safetensors file: it looks like {kind}",
        "{fix}",
        "The first bytes tell. Liuli reads .safetensors files and no others. Above all it never "
        "reads pickle, which .pt files are made of, because reading that runs what is inside. "
        "Convert such a file with the program that wrote it. A web page or a text instead of a "
        "model means that a download went wrong.",
    ),
    "LL906": Text(
        "{path}: the structure makes no sense at {place}",
        "",
        "The file is whole, but no version of Liuli wrote it like this. Do not trust it, and take "
        "it from its source again.",
    ),
    "LL907": Text(
        "{path} is not whole: {expected} bytes of data are expected, {found} are there",
        "",
        "It was cut short, or something was added at its end. Load the previous checkpoint, or "
        "copy or download the file again.",
    ),
    "LL908": Text(
        "{path}: the header is said to have {length} bytes, where at most {limit} are possible",
        "",
        "The first 8 bytes of a file tell how long its header is. Either they are damaged, or the "
        "file is cut short: load the previous checkpoint, or copy or download it again. When "
        "saving, put long lists of numbers into tensors.",
    ),
    "LL909": Text(
        "{path}: the header cannot be read: {error}",
        "",
        "The header is JSON text, and this one is damaged. Load the previous checkpoint, or copy "
        "or download the file again.",
    ),
    "LL910": Text(
        "{path}: {name} has dtype {dtype}, and must have one of {known}",
        "",
        "Another program wrote this file, with numbers that Liuli does not have. Convert them "
        "there, for example to float32.",
    ),
    "LL911": Text(
        "{path}: {name} of shape {shape} and dtype {dtype} needs {need} bytes, and has {have}",
        "",
        "The header contradicts itself, so the file is damaged or made up. Load the previous "
        "checkpoint, or copy or download the file again.",
    ),
    "LL912": Text(
        "{place} cannot be saved: more than {deepest} lists and dicts are in one another",
        "",
        "A list that contains itself has no end. Where the depth is meant, save the parts under "
        "names of their own.",
    ),
    "LL913": Text(
        "{path}: {name} begins at byte {begin}, and must begin at {end}, where the one before ends",
        "",
        "Tensors lie one after another, without overlaps and holes. This header is damaged or "
        "made up. Load the previous checkpoint, or copy or download the file again.",
    ),
    "LL914": Text(
        "{path}: the entry of {name} makes no sense: {entry}",
        "",
        "An entry has a dtype, a shape and two data_offsets, in whole numbers that are not "
        "negative. This header is damaged or made up. Load the previous checkpoint, or copy or "
        "download the file again.",
    ),
    "LL915": Text(
        "{path} is damaged: its sha256 begins with {found}, and {expected} was written into it",
        "",
        "Some byte is not what was saved: the disk, a copy or an editor changed it. Load the "
        "previous checkpoint, or copy or download the file again.",
    ),
    "LL916": Text(
        "{path}: {name} cannot be the name of a tensor",
        "",
        "A name has at most 1000 letters, no NUL and no half characters, and is not __metadata__.",
    ),
    "LL917": Text(
        "{path} was written in version {found} of the file format: this Liuli reads up to {known}",
        "pip install --upgrade liuli",
        "A newer Liuli wrote this file. Older files can always be read by newer versions, not the "
        "other way round.",
    ),
    "LL918": Text(
        "{path}: {name} has dtype BOOL, and contains a byte {value}",
        "",
        "Truth values are the bytes 0 and 1. Whatever wrote the file has made a mistake, or the "
        "file is damaged.",
    ),
    "LL919": Text(
        "{path} cannot be written: there is no folder {folder}",
        "os.makedirs({folder!r}, exist_ok=True)",
        "Files are written into folders that are there.",
    ),
    "LL920": Text(
        "{path} cannot be written: the disk is full",
        "",
        "Nothing is lost: the file that was there before is still whole. Remove what is not "
        "needed, or write to another disk.",
    ),
    "LL921": Text(
        "{path} cannot be written: {error}",
        "",
        "The folder is read-only, belongs to somebody else, or the file is open in another "
        "program. Nothing is lost. Write to a folder of your own.",
    ),
    "LL922": Text(
        "{path} cannot be written: the system says: {error}",
        "",
        "Nothing is lost: the file that was there before is still whole. Often a shorter name "
        "without special characters helps, or another disk.",
    ),
    "LL923": Text(
        "{path}: {name} has dtype {dtype}, which has no place in a file",
        "",
        "Numbers and truth values can be saved. Complex numbers can be split into real and "
        "imaginary part; texts, dates and objects become numbers first.",
    ),
    "LL924": Text(
        "{place} cannot be saved: it is of type {type}",
        "{fix}",
        "A file holds tensors, numbers, texts, lists, tuples, dicts and modules. Functions, open "
        "files and objects of other classes are code or belong to this process. Save what they "
        "know instead: of an optimizer or scheduler its state_dict().",
    ),
    "LL925": Text(
        "{path} holds a {name}, which is no class of Liuli",
        "liuli.load({path!r}, classes=[{name}])",
        "A file never brings code with it, so that it can do no harm. Classes of your own are "
        "passed to load: import or define them first.",
    ),
    "LL926": Text(
        "{path}: a {name} at {place} cannot be built again: {error}",
        "model = {name}(...); model.load_state_dict(liuli.load(path))",
        "A module is built by its class and its arguments, if these are plain values, and then "
        "given its weights. Where the arguments are not plain, or the class is another one than "
        "when it was saved, build it yourself and save and load its state_dict().",
    ),
    "LL927": Text(
        "{folder} is in use by process {pid} on {host}",
        "",
        "Two programs that write into one folder would spoil each other's files. Wait until it "
        "has ended, or take another folder. If there is no such process any more, remove "
        "in-use.lock there.",
    ),
    "LL928": Text(
        "{path}: too much structure: {values} values, {depth} deep; up to {most} values, "
        "{deepest} deep, are possible",
        "",
        "Lists, dicts and plain values stand in the header of the file, which is bounded. Put long "
        "lists of numbers into tensors: liuli.tensor(values). In a file that was sent to you this "
        "is no accident: do not trust it.",
    ),
    "LL929": Text(
        "checkpoint {path} is damaged ({fault}), an older one is used: {older}",
        "",
        "Some of the last progress is lost and will be computed again. A file that is damaged "
        "although it was written to its end hints at a failing disk.",
    ),
    "LL900": Text(
        "save: the arguments are swapped: first comes what is saved, then the path",
        "liuli.save(model, {path!r})",
        "As in torch.save, the object stands before the name of the file.",
    ),
}
