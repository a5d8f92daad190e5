"""Files: which of a folder's files are taken, hidden ones never."""

from tests.spark.streams import Input, run_batches


def run(spark, folder):
    rows = Input(folder)
    for number, (below, name) in enumerate(
        [
            ("", "a.json"),
            ("", "b.txt"),
            ("", "_hidden.json"),
            ("", ".hidden.json"),
            ("deep", "c.json"),
            ("deep/er", "d.json"),
        ]
    ):
        rows.add_text(f'{{"n": {number}}}\n', below, name)
    answer = []
    options = [{}, {"pathGlobFilter": "*.json"}, {"recursiveFileLookup": True}]
    for number, chosen in enumerate(options):
        read = rows.read(spark, "n INT", maxFilesPerTrigger=10, **chosen)
        answer += run_batches(read, folder, name=f"query{number}")
    reader = spark.readStream.schema("n INT")
    globbed = reader.json(f"{folder}/input/{{a,b}}.*")
    return answer + run_batches(globbed, folder, name="globbed")
