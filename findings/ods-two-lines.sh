#!/usr/bin/env bash
# A cell with two lines, written by pyexcel-ods 0.6.0 and read by python-calamine 0.9.1 (both PyPI): the line break is
# gone, and two tags of a reader are one word.
#
# Expected, by OpenDocument 1.2 (part 1, section 6.1.5): <text:line-break> represents a line break in a paragraph of
# text. python-calamine keeps the two lines of a cell where a writer makes a paragraph of each, so one expects it to
# keep them in the other valid form.
#
# Seen: pyexcel-ods writes a line break (so does Gnumeric 1.12.55; not run here). pandas 3.1.1, pyexcel-ods and
# pyexcel-ods3 0.6.1 read "mentors", line break, "editors". python-calamine reads "mentorseditors", and
# "ann@example.orgbea@example.org" of a cell with two addresses, without a warning. Of a tab (<text:tab>, section
# 6.1.4) it keeps nothing, and neither does pandas: a first and a last name become one word.
#
# Needs python3 with venv, pip and network.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip -q install pyexcel-ods==0.6.0 pyexcel-ods3==0.6.1 python-calamine==0.9.1 pandas==3.1.1 odfpy==1.4.1 2>/dev/null
cat >two_lines.py <<'PY'
import zipfile

import pandas
import pyexcel_ods
import pyexcel_ods3
import python_calamine

LIST = [["email", "tags", "name"], ["ann@example.org\nbea@example.org", "mentors\neditors", "Ann\tLee"]]


def show(reader, rows):
    print(f"{reader}:", *(ascii(cell) for cell in rows[1]))


def calamine(path):
    return python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()


pyexcel_ods.save_data("list.ods", {"Readers": LIST})
content = zipfile.ZipFile("list.ods").read("content.xml").decode()
print("written:", content[content.index("mentors") : content.index("editors") + len("editors")])
show("pyexcel-ods", pyexcel_ods.get_data("list.ods")["Readers"])
show("pyexcel-ods3", pyexcel_ods3.get_data("list.ods")["Readers"])
show("pandas", pandas.read_excel("list.ods", engine="odf", header=None).values.tolist())
show("python-calamine", calamine("list.ods"))

paragraphs = content.replace("<text:line-break/>", "</text:p><text:p>")
with zipfile.ZipFile("list.ods") as old, zipfile.ZipFile("paragraphs.ods", "w") as new:
    for name in old.namelist():
        new.writestr(name, paragraphs if name == "content.xml" else old.read(name))
show("python-calamine, two paragraphs", calamine("paragraphs.ods"))
PY
seen=$(venv/bin/python two_lines.py)
echo "$seen"
diff <(echo "$seen") - <<'SEEN' && echo "as it was"
written: mentors<text:line-break/>editors
pyexcel-ods: 'ann@example.org\nbea@example.org' 'mentors\neditors' 'Ann\tLee'
pyexcel-ods3: 'ann@example.org\nbea@example.org' 'mentors\neditors' 'Ann\tLee'
pandas: 'ann@example.org\nbea@example.org' 'mentors\neditors' 'AnnLee'
python-calamine: 'ann@example.orgbea@example.org' 'mentorseditors' 'AnnLee'
python-calamine, two paragraphs: 'ann@example.org\nbea@example.org' 'mentors\neditors' 'AnnLee'
SEEN
