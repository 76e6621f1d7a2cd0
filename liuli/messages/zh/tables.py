"""Chinese texts: tables and photographs."""

from ..text import Text

TEXTS: dict[str, Text] = {
    "LL945": Text(
        "无法读取 {path}：{reason!s}",
        "",
        "请检查文件名和文件夹：相对路径从输入命令时所在的文件夹算起。"
        "Windows 可能不显示文件的扩展名。",
    ),
    "LL946": Text(
        "{path} 不能当作表格读取：它是 {kind!s}",
        "",
        "表格是文本文件：每行一条数据，各格用逗号、分号、制表符或 | 隔开。"
        "电子表格和压缩包是另外的格式，请另存为 CSV，或先解压。",
    ),
    "LL947": Text(
        "{path} 中没有数据行：{found!s}",
        "",
        "表格的第一行可以是列名，其后每个样本占一行。",
    ),
    "LL948": Text(
        "{path}：{place!s}有 {count} 格，而{other!s}有 {expected} 格",
        "",
        "表格各行的格数必须相同。常见原因：文字里有逗号（这时文字应加引号）、表格上方有标题行、"
        "某一行被截断。",
    ),
    "LL949": Text(
        "{path} 太大：大小为 {size!s}，上限为 {limit!s}",
        "",
        "普通电脑的内存放不下。请只取一部分行，或把图片缩小。",
    ),
    "LL950": Text(
        "{path} 中没有列 {names}",
        "",
        "按列名查找列，写法必须与第一行完全一致。预测用的表格需要包含训练时用到的所有列；多余的"
        "列会被忽略，"
        "列的顺序不限。",
    ),
    "LL951": Text(
        "{path}：所有行的 {name!r} 都相同：{value!r}",
        "",
        "没有可以区分的内容。请增加取值不同的行，或选择别的目标列。",
    ),
    "LL952": Text(
        "{path}：目标列 {name!r} 中只有 {count} 行有值，至少需要 {least} 行",
        "",
        "网络从已知答案的行中学习。请选择一个有内容的目标列。",
    ),
    "LL953": Text(
        "{path} 第 {line} 行：目标列 {name!r} 中的 {value!r} 不是数",
        "",
        "回归任务的目标必须是数或空格。请改正这一格，或改用分类任务：每一种文字是一个类别。",
    ),
    "LL954": Text(
        "{path}：目标列 {name!r} 在 {rows_count} 行中有 {count} 种不同的值",
        "",
        "这样的列只是每一行的名字，没有类别可学。请选择别的目标列；如果是数，请用回归任务。",
    ),
    "LL955": Text(
        "表格处理方法的版本是 {version!s}，这个 Liuli 能读的版本是 {known}",
        "",
        "模型是由另一个版本的 Liuli 保存的。请重新训练，或使用那个版本。",
    ),
    "LL956": Text(
        "无法写入 {path}：{reason!s}",
        "",
        "可能是文件夹不存在或只读、磁盘已满，或文件正被别的程序打开（Excel 会占用它显示的文件）。"
        "原来的文件没有改变。",
    ),
    "LL957": Text(
        "{path} 不能当作图片读取：{reason!s}",
        "",
        "Liuli 能读 Pillow 支持的格式：PNG、JPEG、GIF、BMP、TIFF、WebP 等。请把图片另存为其中一种。"
        "如果文件不完整，请重新复制或下载。",
    ),
    "LL958": Text(
        "{path}：没有剩下可以用来学习 {name!r} 的列",
        "",
        "只有一个值的列、名字列和行号列不含目标的信息，已被去掉。请增加与目标有关的列。",
    ),
    "LL959": Text(
        "{path}：这张 {width} x {height} 像素的图片上什么也没有画",
        "",
        "数字必须与背景有差别。请用深色笔写在浅色纸上，让数字占满画面，并拍清楚。",
    ),
}

# Remarks on what was decided about the user's data, by name.
REMARKS: dict[str, str] = {
    # reading
    "encoding": "文字编码：{encoding}",
    "latin": "编码未知，按 Latin-1 读取；如果文字显示不对，请另存为 UTF-8",
    "delimiter": "分隔符：{delimiter}",
    "decimal_comma": "数的小数点写作逗号，如 1,5",
    "header": "第一行是列名：{first}",
    "no_header": "文件没有表头，各列命名为 column1 到 column{last}；第一行是：{first}",
    "unnamed": "没有名字的列命名为 {names}",
    "doubled": "同名的列已改名：{names}",
    # the target
    "target_named": "预测目标：{name}（按列名判断；可用 --target 另选）",
    "target_last": "预测目标：{name}（最后一个合适的列；可用 --target 另选）",
    "target_first": (
        "预测目标：{name}（第一个合适的列：不同的值很少，像是答案；可用 --target 另选）"
    ),
    "target_number": "这个文件没有表头：请用 --target {name}",
    "no_target": "去掉了没有 {name} 的行：{count}",
    "classify_text": "任务：分类，目标是文字，有 {count} 种不同的值",
    "classify_numbers": "任务：分类，目标只有 {count} 种不同的整数"
    "（要当作数来预测，请用 --task regress）",
    "regress": "任务：回归，目标有 {count} 种不同的数",
    "lonely": "只有一行的类别，无法测试：{values}",
    # the columns
    "all_empty": "去掉列 {name}：全空",
    "constant": "去掉列 {name}：总是 {value}",
    "id": "去掉列 {name}：它是行的编号",
    "id_first": "去掉列 {name}：全是互不相同的整数，像是行的编号（第一行写上列名就会保留它）",
    "many_texts": "去掉列 {name}：有 {count} 种不同的文字，超过 {limit}",
    "stray": "列 {name}：看不懂的内容按空格处理：{value}（共 {count} 种）",
    "unseen": "列 {name}：训练时没有见过的值，按都不是处理：{values}",
    "unseen_class": "{name}：训练时没有见过的类别，不计入得分：{values}",
    # photographs
    "opened": "已打开：{width} x {height} 像素，{mode!s}",
    "turned": "已按相机记录的方向转正",
    "transparent": "透明部分的亮度设为 {shade}（最大 255）",
    "as_it_is": "28 x 28、黑底亮字、已居中：原样使用",
    "shrunk": "已缩小：{width} x {height}",
    "dark": "浅底深字：已反色",
    "bright": "深底浅字：不反色",
    "lighting": "已去除背景的明暗",
    "largest": "有 {count} 个分开的部分：取最大的一个",
    "several": "有 {count} 个分开的部分：只认了最大的一个；请裁剪图片，只留一个数字",
    "speck": "这可能不是数字：画出来的部分只有 {width} x {height} 像素",
    "reaches_out": "这可能不是数字：画的内容一直到了图片的边缘",
    "flooded": "这可能不是数字：墨迹比任何数字都多",
    "cut": "已剪出数字：{width} x {height} 像素",
    "scaled": "已缩放到 {width} x {height}，不超出 20 x 20",
    "centred": "重心已移到 28 x 28 的中央",
    # words inside messages
    "open_quote": "引号没有闭合的文本（{error}）",
    "broken_utf16": "不完整或已损坏的 UTF-16 文本",
    "binary": "二进制数据（位置 {place} 有零字节）",
    "instead_excel": "Excel：文件 > 另存为 > “CSV UTF-8”",
    "instead_archive": "请先解压",
    "instead_html": "请下载数据文件本身，而不是介绍它的网页",
    "instead_parquet": 'pandas.read_parquet(path).to_csv("table.csv", index=False)',
    "instead_picture": "liuli predict RUN 图片",
    "empty_file": "文件是空的",
    "only_names": "只有一行列名",
    "folder": "它是文件夹",
    "own_table": "它就是要预测的那张表格",
    "not_ours": "已有同名文件，而且不是以前的预测写的",
    "another_out": "liuli predict RUN TABLE.csv --out ANOTHER-NAME.csv",
    "beyond": "数最大到 3.4e38；请把整列除以一个数，例如一百万",
    "no_file": "没有这个文件或文件夹",
    "no_permission": "没有权限",
    "line": "第 {n} 行",
    "column": "列 {name}",
    "quote_closed": "那里的引号到第 {n} 行才闭合",
    "looks_like_data": "第一行看起来是数据，不是列名：文件没有表头，各列叫 column1、column2……",
    "damaged_version": "{version}（已损坏）",
    "pixels": "{count} 像素",
    "breaks_off": "文件不完整或已损坏（{error}）",
    "damaged_picture": "文件已损坏（{error}）",
    "looks_like": "看起来是 {kind!s}，但已损坏",
    "it_is": "它是 {kind!s}",
    "no_kind": "认不出是什么文件",
    "mode_two": "只有黑白两色",
    "mode_grey": "灰度",
    "mode_colour": "彩色",
    "mode_clear": "带透明部分",
    # kinds of files
    "kind_png": "PNG 图片",
    "kind_jpeg": "JPEG 图片",
    "kind_gif": "GIF 图片",
    "kind_tiff": "TIFF 图片",
    "kind_webp": "WebP 图片",
    "kind_pdf": "PDF 文档",
    "kind_office": "旧版 Office 文档（.xls、.doc）",
    "kind_gzip": "gzip 压缩包",
    "kind_bzip2": "bzip2 压缩包",
    "kind_xz": "xz 压缩包",
    "kind_7zip": "7-Zip 压缩包",
    "kind_rar": "RAR 压缩包",
    "kind_zip": "ZIP 压缩包",
    "kind_parquet": "Parquet 表格",
    "kind_sqlite": "SQLite 数据库",
    "kind_hdf5": "HDF5 文件",
    "kind_npy": "NumPy 数组（.npy）",
    "kind_npz": "NumPy 数组包（.npz）",
    "kind_rtf": "RTF 文档",
    "kind_html": "HTML 网页",
    "kind_svg": "SVG 图形",
    "kind_excel": "Excel 工作簿（.xlsx）",
    "kind_word": "Word 文档",
    "kind_riff": "声音或视频",
    "kind_film": "视频",
    "kind_heic": "HEIC 照片",
}
