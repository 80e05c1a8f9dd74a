"""Execute every notebook from top to bottom in an empty folder; an error in a cell ends the run."""

import sys
import tempfile
from pathlib import Path

import jupytext
from nbclient import NotebookClient

notebooks = sorted((Path(__file__).parents[1] / "notebooks").glob("*.py"))
if not notebooks:
    sys.exit("no notebooks/*.py to execute")
for path in notebooks:
    print(path.name, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        NotebookClient(jupytext.read(path), timeout=600, kernel_name="python3", resources=resources).execute()
