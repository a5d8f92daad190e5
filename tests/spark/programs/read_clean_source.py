"""Files: what is done with them once they are read: kept, deleted or moved."""

from pathlib import Path

from tests.spark.streams import Input, batches, failure, finish, start


def left(folder, name):
    found = Path(folder, name).rglob("*")
    return sorted(str(path.relative_to(folder)) for path in found if path.is_file())


def run(spark, folder):
    answer = []
    archive = f"{folder}/kept"
    options = {
        "off": {"cleanSource": "off"},
        "delete": {"cleanSource": "DELETE"},
        "archive": {"cleanSource": "archive", "sourceArchiveDir": archive},
    }
    for name, chosen in options.items():
        rows = Input(folder, name)
        rows.add({"n": 1})
        rows.add({"n": 2})
        rows.add_text('{"n": 3}\n', below="deep")
        for run_number in range(2):
            read = rows.read(spark, "n INT", recursiveFileLookup=True, **chosen)
            with_batches = start(read, folder, name=name)
            finish(with_batches[0])
            answer.append([name, run_number, batches(*with_batches)])
            rows.add({"n": 10 + run_number})
            # What is still to be cleaned at the end of a query differs.
        answer.append([name, "000.json" in " ".join(left(folder, name))])
    moved = [path.replace(folder, "") for path in left(folder, "kept")]
    answer.append(["archived first", any("archive/000.json" in path for path in moved)])
    rows = Input(folder, "wrong")
    rows.add({"n": 1})
    wrong = [
        {"cleanSource": "sometimes"},
        {"cleanSource": "archive"},
        {"cleanSource": "archive", "sourceArchiveDir": f"{folder}/wrong/below"},
        {"cleanSource": "archive", "sourceArchiveDir": folder},
        {"cleanSource": "off", "sourceArchiveDir": f"{folder}/wrong/below"},
    ]
    for number, chosen in enumerate(wrong):
        read = rows.read(spark, "n INT", **chosen)
        error = failure(read, folder, name=f"wrong{number}")
        answer.append(["is refused", number, error != ["done"]])
    return answer
