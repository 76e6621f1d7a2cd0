"""English texts: the command line."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL749": Text(
        "the network {model} sees pictures, and an example here is a row of numbers ({count}); for "
        "those there are: {names}",
        "--model mlp",
        "A convolution looks at what lies side by side: pixels do, the columns of a table do not.",
    ),
    "LL748": Text(
        "liuli show needs a run",
        "{fix}",
        "A run is the folder that `liuli train` made; its name stood at the end of the training.",
    ),
    "LL979": Text(
        "there is no command {command}; there are: {names}",
        "{near}",
        "`liuli --help` says what each of them does.",
    ),
    "LL980": Text(
        "liuli {command} has no option {option}; it has: {names}",
        "{near}",
        "Options are written out in full; `--help` behind a command explains them.",
    ),
    "LL981": Text(
        "{option} needs a value: {example}",
        "{example}",
        "The value stands behind the option, after a space or after =.",
    ),
    "LL982": Text(
        "{option} is {value}; allowed: {allowed}",
        "{near}",
        "Nothing was begun. Without the option Liuli chooses a value itself.",
    ),
    "LL983": Text(
        "liuli {command} does not know what to do with {word}",
        "{near}",
        "It takes options, each with its value. A name with spaces in it needs quotes.",
    ),
    "LL984": Text(
        "liuli predict needs {missing}",
        "{fix}",
        "A run is the folder that `liuli train` made; its name stood at the end of the training.",
    ),
    "LL985": Text(
        "{path} is not an empty folder: a new run would mix with what is there",
        "{fix}",
        "Nothing there was changed. Without --out, Liuli takes the next free folder below runs.",
    ),
    "LL986": Text(
        "{path} is not the folder of a whole run: {part} is missing or damaged",
        "{fix}",
        "`liuli train` makes such a folder, and writes run.json there before it begins.",
    ),
    "LL987": Text(
        "{option} is {value}, but the run in {path} was begun with {own}",
        "{fix}",
        "A run goes on with its own settings. The learning rate falls along a cosine over all "
        "epochs, so none can be added afterwards either. With other settings, begin a new run.",
    ),
    "LL988": Text(
        "there is no data set and no file {data}; data sets are: {names}",
        "{near}",
        "--data takes one of these names, or the path of a table: a file that ends in .csv, .tsv "
        "or .txt.",
    ),
    "LL989": Text(
        "there is no network {model}; there are: {names}",
        "{near}",
        "A network of your own is named by its file and what makes it: --model net.py:make.",
    ),
    "LL990": Text(
        "{path} {trouble}; it has: {names}",
        "{near}",
        "FILE.py:NAME names something in the file: behind --model a function or a class that gives "
        "a network, behind liuli explain a compiled step.",
    ),
    "LL991": Text(
        "{place}: {kind}: {error}",
        "",
        "Python came to this error in your own file, at that line; nothing was lost.",
    ),
    "LL992": Text(
        "{name} in {path} gave {given}; what can be trained is a liuli.nn.Module",
        "",
        "The function must end in return, and give the network back: return nn.Sequential(...).",
    ),
    "LL993": Text(
        "the network gives {found} for a batch of {count} examples; these data need {needed}",
        "",
        "For classes the last layer gives one number for each class; for a number to predict it "
        "gives one.",
    ),
    "LL994": Text(
        "the system refused: {path}: {reason}",
        "{fix}",
        "What was complete before that is still there.",
    ),
    "LL995": Text(
        "there is not enough memory: {reason}",
        "--batch-size 16",
        "Close other programs, or take smaller batches or a smaller network. Checkpoints that "
        "were written are whole.",
    ),
    "LL996": Text(
        "{option} is for tables, and {data} is a data set of pictures",
        "",
        "Data sets of pictures know themselves what is to be learned.",
    ),
    "LL997": Text(
        "{path} is no longer the file that the run in {run} began with",
        "",
        "Going on with other data would give the numbers of no run at all: put the file back as it "
        "was, or begin a new run.",
    ),
    "LL998": Text(
        "{given} is not of the kind that the network in {path} learned from, which is {data}",
        "",
        "A network that learned from pictures is asked about pictures, and one that learned from a "
        "table about tables with the same columns.",
    ),
    "LL999": Text(
        "an error inside Liuli: {error}; all that is known stands in {path}",
        "",
        "This should not happen, and is not your fault. Please report it, with that file.",
    ),
}
