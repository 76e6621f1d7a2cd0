"""LL33x: labels. LL93x, LL94x: data sets, loaders and downloads."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL333": Text(
        "the labels are 1..{classes}, the network's {classes} outputs are numbered 0..{last}",
        "y = y - 1",
        "Classes are counted from 0, as indices are. Subtract 1 from every label, in the training "
        "and in the test data.",
    ),
    "LL334": Text(
        "label {label} in row {row} is none of the {classes} classes 0..{last}; "
        "the labels are {present}",
        "",
        "Each label is the number of an output, from 0. Give the network as many outputs as there "
        "are classes, or correct the labels; labels to leave out are named by the loss's "
        "ignore_index.",
    ),
    "LL335": Text(
        "{name}[{place}] is {value}: {count} of {size} numbers are NaN or infinite",
        "",
        "One such number makes every weight NaN. Fill the gaps, leave those rows out, or look "
        "where they come from: an empty cell, a division by 0, the logarithm of 0.",
    ),
    "LL336": Text(
        "these cannot be labels of classes: {place} is {value}, expected {wanted}",
        "",
        "A label is the number of a class, 0, 1, 2 and so on, or its name. To predict quantities "
        "use a loss for numbers, such as the mean squared error.",
    ),
    "LL337": Text(
        "targets of shape {shape} are one-hot: the place of the 1 in each row is the label",
        "y = y.argmax(1)",
        "The loss wants the number of the class. Nothing is lost; write it yourself and this "
        "remark goes away.",
    ),
    "LL338": Text(
        "targets are text: {count} names in sorted order became labels: {listed}",
        "",
        "A network computes with numbers, so every name got the number of its place.",
    ),
    "LL339": Text(
        "targets of {what} were read as {became}",
        "y = y.reshape(-1).astype(np.int64)",
        "Labels are one row of whole numbers. These are, written in another way, and were "
        "converted.",
    ),
    "LL930": Text(
        "{names}: float64 became float32, the dtype of the weights",
        "x = x.astype(np.float32)",
        "NumPy's own numbers are float64, twice as long as a network needs. They were converted "
        "once, at the beginning.",
    ),
    "LL931": Text(
        "{a} has {m} items and {b} has {n}: they belong together one to one",
        "",
        "Item i of one goes with item i of the other. Look for rows that were dropped in one of "
        "them only, or for training data paired with test labels.",
    ),
    "LL932": Text(
        "{name} holds no items: {what}",
        "",
        "There is nothing to learn from. Look at the step that made the data: a filter that let "
        "nothing through, or a path to an empty file.",
    ),
    "LL933": Text(
        "items of a batch differ in {what}: item 0 has {m}, item {i} has {n}",
        "DataLoader(dataset, collate_fn=my_collate)",
        "A batch is a full table. Make the items alike (crop, resize, pad), or say with "
        "collate_fn how they are put together.",
    ),
    "LL934": Text(
        "items of type {type} cannot be put into a batch",
        "{fix}",
        "A batch is made of tensors, NumPy arrays, numbers, text, and of dicts, lists and tuples "
        "of these. None often means that __getitem__ has no return.",
    ),
    "LL935": Text(
        "{name} has columns without numbers: {columns}",
        "liuli.data.table.read_table(path)",
        "A network computes with numbers. The table reader turns text into columns of 0 and 1, "
        "and fills empty cells; or choose the columns of numbers yourself.",
    ),
    "LL936": Text(
        "num_workers={num_workers}: batches are made in this process, no workers start",
        "num_workers=0",
        "The result is the same. Data in memory are taken batch by batch, which is faster than "
        "sending them between processes.",
    ),
    "LL937": Text(
        "{function}: {argument} is {value}, and must be {wanted}",
        "",
        "The arguments of a loader or sampler must fit one another.",
    ),
    "LL938": Text(
        "random_split: the lengths {lengths} add up to {total:g}, the data set has {count} items",
        "random_split(dataset, [0.8, 0.2])",
        "Give whole lengths that add up to the length of the data set, or fractions that add up "
        "to 1; none of them negative.",
    ),
    "LL939": Text(
        "{name} could not be downloaded: {count} mirrors were tried",
        "liuli.data.digits() needs no network; or put {name} into {folder} or $LIULI_DATA",
        "The reason for each mirror stands beside it. Go on with the embedded sample; or try "
        "again later; or fetch the file in another way and put it into the folder named above, or "
        "into any folder that the environment variable LIULI_DATA names.",
    ),
    "LL940": Text(
        "{path} is damaged: {reason}",
        "",
        "It is not the file it should be, so it was not used. Remove it; the next run looks for "
        "it elsewhere or downloads it. If it belongs to the embedded sample, install Liuli again.",
    ),
    "LL941": Text(
        "{name}: {file} is in none of the folders, and download is False",
        "liuli.data.{name}(download=True)",
        "Let it be downloaded, or name by root, or by the environment variable LIULI_DATA, the "
        "folder that has the files; liuli.data.digits() needs none.",
    ),
    "LL942": Text(
        "{folder} cannot hold downloads: {reason}",
        "",
        "Set the environment variable LIULI_CACHE to a folder that you can write and that has "
        "room, or LIULI_DATA to one that already has the files. liuli.data.digits() needs "
        "neither.",
    ),
    "LL943": Text(
        "{name}: {what} given, expected {wanted}",
        "",
        "A transform works on one kind of input. ToTensor turns an image (H, W) or (H, W, C) into "
        "a tensor (C, H, W), and the transforms of tensors stand after it.",
    ),
    "LL944": Text(
        "item {index} was asked for, the data set has {count}: 0..{last}",
        "",
        "Indices begin at 0. If a sampler or a Subset asked, its numbers are of another data set.",
    ),
}
