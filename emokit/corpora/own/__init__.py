"""Your own recordings: a table, a folder with a folder a class, or an audformat database."""

from emokit.corpora.own import audformat, folders, table

YOUR_OWN = {"table": table.read, "folders": folders.read, "audformat": audformat.read}
