"""English texts: tables and photographs."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL945": Text(
        "{path} cannot be read: {reason}",
        "",
        "Look at the name and the folder: a relative path begins in the folder where the command "
        "was typed. A file on Windows may show its name without its ending.",
    ),
    "LL946": Text(
        "{path} cannot be read as a table: it is {kind}",
        "",
        "A table is a text file: one row a line, the cells parted by a comma, semicolon, tab or |. "
        "Spreadsheets and archives hold the same in another form; save or unpack it as CSV.",
    ),
    "LL947": Text(
        "{path} has no rows of data: {found}",
        "",
        "A table needs a line of names (or none) and after it one line for each example.",
    ),
    "LL948": Text(
        "{path}: {place} has {count} cells, {other} has {expected}",
        "",
        "All rows of a table are equally long. Often a comma stands inside a text (then the text "
        "belongs in quotes), a title stands above the table, or a line was cut off.",
    ),
    "LL949": Text(
        "{path} is too large: it has {size}, and the limit is {limit}",
        "",
        "It would not fit the memory of an ordinary computer. Take a part of the rows, or make "
        "the picture smaller.",
    ),
    "LL950": Text(
        "{path} has no column {names}",
        "",
        "Columns are found by their names, exactly as they are written in the first line. For "
        "predictions a table needs all columns that the model was trained with; others are "
        "ignored, and the order is free.",
    ),
    "LL951": Text(
        "{path}: all rows have the same {name!r}: {value!r}",
        "",
        "There is nothing to tell apart. Add rows with other values, or choose another target.",
    ),
    "LL952": Text(
        "{path}: {count} rows have a value in the target column {name!r}, at least {least} are "
        "needed",
        "",
        "A network learns from rows whose answer is known. Choose a target column that is filled.",
    ),
    "LL953": Text(
        "{path}, line {line}: {value!r} in the target column {name!r} is not a number",
        "",
        "To regress, all targets must be numbers or empty. Correct the cell, or classify: then "
        "every different text is a class.",
    ),
    "LL954": Text(
        "{path}: the target column {name!r} has {count} different values in {rows_count} rows",
        "",
        "Such a column names the rows; there are no classes to learn from it. Choose another "
        "target, or regress if it holds numbers.",
    ),
    "LL955": Text(
        "the recipe for tables is of version {version}, this Liuli reads version {known}",
        "",
        "The model was saved by another version of Liuli. Train it again, or use that version.",
    ),
    "LL956": Text(
        "{path} cannot be written: {reason}",
        "",
        "The folder may be missing or read-only, the disk full, or the file open in another "
        "program, as Excel keeps the files it shows. A file that was there before is unchanged.",
    ),
    "LL957": Text(
        "{path} cannot be read as a picture: {reason}",
        "",
        "Liuli reads what Pillow reads: PNG, JPEG, GIF, BMP, TIFF, WebP and others. Save the "
        "picture as one of them. If it breaks off, copy or download it again.",
    ),
    "LL958": Text(
        "{path}: no column is left from which {name!r} could be learned",
        "",
        "Columns of one value, of names and of row numbers tell nothing about the target, and "
        "are left out. Add columns that have to do with it.",
    ),
    "LL959": Text(
        "{path}: nothing is drawn on this picture of {width} x {height} pixels",
        "",
        "A digit must differ from its background. Use a dark pen on light paper, fill the "
        "picture with the digit, and keep it sharp.",
    ),
}

# Remarks on what was decided about the user's data, by name.
REMARKS: dict[str, str] = {
    # reading
    "encoding": "the text is encoded as {encoding}",
    "latin": "the encoding is unknown: read as Latin-1; if letters look wrong, save as UTF-8",
    "delimiter": "the cells are parted by: {delimiter}",
    "decimal_comma": "numbers are written with a decimal comma, as 1,5",
    "header": "the first line holds the names of the columns: {first}",
    "no_header": "the file has no header, so the columns are called column1 to column{last}; the "
    "first line: {first}",
    "unnamed": "columns without a name are called {names}",
    "doubled": "columns of the same name were renamed: {names}",
    # the target
    "target_named": "to be predicted: {name} (by its name; --target chooses another)",
    "target_last": "to be predicted: {name} (the last column that fits; --target chooses another)",
    "target_first": "to be predicted: {name} (the first column that fits: few different values, as "
    "answers have; --target chooses another)",
    "target_number": "this file has no header: use --target {name}",
    "no_target": "rows without {name} were left out: {count}",
    "classify_text": "task: classify, the target is text with {count} different values",
    "classify_numbers": "task: classify, the target has only {count} different whole numbers "
    "(--task regress to predict it as a number)",
    "regress": "task: regress, the target has {count} different numbers",
    "lonely": "classes with a single row, which cannot be tested: {values}",
    # the columns
    "all_empty": "column {name} is left out: it is empty",
    "constant": "column {name} is left out: it always is {value}",
    "id": "column {name} is left out: it numbers the rows",
    "id_first": "column {name} is left out: whole numbers, all different, as names of the rows "
    "(a first line with column names keeps it)",
    "many_texts": "column {name} is left out: {count} different texts, more than {limit}",
    "stray": "column {name}: not understood, and taken as empty: {value} ({count} different)",
    "unseen": "column {name}: values that training did not have, taken as none of them: {values}",
    "unseen_class": "{name}: classes that training did not have, left out of the score: {values}",
    # photographs
    "opened": "opened: {width} x {height} pixels, {mode}",
    "turned": "turned as the camera noted",
    "transparent": "the transparent parts were given the brightness {shade} of 255",
    "as_it_is": "28 x 28, bright on black, in the middle: taken as it is",
    "shrunk": "made smaller: {width} x {height}",
    "dark": "dark on light: inverted",
    "bright": "bright on dark: not inverted",
    "lighting": "the background's brightness was taken away",
    "largest": "{count} separate things: the largest was taken",
    "several": "{count} separate things: I read only the largest; cut the picture so that it shows "
    "one digit",
    "speck": "this may be no digit: what is drawn is only {width} x {height} pixels large",
    "reaches_out": "this may be no digit: what is drawn reaches the picture's edges",
    "flooded": "this may be no digit: more of it is ink than of any digit",
    "cut": "the digit was cut out: {width} x {height} pixels",
    "scaled": "scaled to {width} x {height}, inside 20 x 20",
    "centred": "its centre of mass was put in the middle of 28 x 28",
    # words inside messages
    "open_quote": "text with a quote that is never closed ({error})",
    "broken_utf16": "UTF-16 text that breaks off or is damaged",
    "binary": "binary data (a zero byte at position {place})",
    "instead_excel": 'Excel: File > Save as > "CSV UTF-8"',
    "instead_archive": "unpack the archive first",
    "instead_html": "download the data file itself, not the page about it",
    "instead_parquet": 'pandas.read_parquet(path).to_csv("table.csv", index=False)',
    "instead_picture": "liuli predict RUN PICTURE",
    "empty_file": "the file is empty",
    "only_names": "only a line of column names",
    "folder": "it is a folder",
    "own_table": "it is the table that is to be predicted",
    "not_ours": "a file of that name is there already, and no earlier prediction wrote it",
    "another_out": "liuli predict RUN TABLE.csv --out ANOTHER-NAME.csv",
    "beyond": "numbers go up to 3.4e38; divide the column, for instance by a million",
    "no_file": "there is no such file or folder",
    "no_permission": "permission denied",
    "line": "line {n}",
    "column": "column {name}",
    "quote_closed": "a quote opened there is closed on line {n}",
    "looks_like_data": "the first line looks like data, not names: the file has no header; "
    "its columns are column1, column2, ...",
    "damaged_version": "{version} (damaged)",
    "pixels": "{count} pixels",
    "breaks_off": "it breaks off or is damaged ({error})",
    "damaged_picture": "it is damaged ({error})",
    "looks_like": "it looks like {kind}, but is damaged",
    "it_is": "it is {kind}",
    "no_kind": "it is of no known kind",
    "mode_two": "black and white",
    "mode_grey": "grey",
    "mode_colour": "in colour",
    "mode_clear": "with transparent parts",
    # kinds of files
    "kind_png": "a PNG picture",
    "kind_jpeg": "a JPEG picture",
    "kind_gif": "a GIF picture",
    "kind_tiff": "a TIFF picture",
    "kind_webp": "a WebP picture",
    "kind_pdf": "a PDF document",
    "kind_office": "an old Office document (.xls, .doc)",
    "kind_gzip": "a gzip archive",
    "kind_bzip2": "a bzip2 archive",
    "kind_xz": "an xz archive",
    "kind_7zip": "a 7-Zip archive",
    "kind_rar": "a RAR archive",
    "kind_zip": "a ZIP archive",
    "kind_parquet": "a Parquet table",
    "kind_sqlite": "an SQLite database",
    "kind_hdf5": "an HDF5 file",
    "kind_npy": "a NumPy array (.npy)",
    "kind_npz": "a NumPy archive (.npz)",
    "kind_rtf": "an RTF document",
    "kind_html": "an HTML page",
    "kind_svg": "an SVG drawing",
    "kind_excel": "an Excel workbook (.xlsx)",
    "kind_word": "a Word document",
    "kind_riff": "a sound or a film",
    "kind_film": "a film",
    "kind_heic": "a HEIC photograph",
}
