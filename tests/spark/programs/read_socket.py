"""Sources: lines from a socket, each given once."""

import json
import socket
import threading

from tests.spark.rows import plain
from tests.spark.streams import failure, outcome, start


def run(spark, folder):
    def reader(**options):
        return spark.readStream.format("socket").options(**options)

    answer = []
    wrong = [
        {},
        {"host": "localhost"},
        {"port": 1},
        {"host": "localhost", "port": 1, "includeTimestamp": "maybe"},
    ]
    for number, options in enumerate(wrong):
        answer.append(
            ["wrong", number, *outcome(lambda o=options: reader(**o).load().schema)]
        )
    many = reader(host="localhost", port="many")
    answer.append(["many", outcome(lambda: many.load().schema) != ["done"]])
    known = {"host": "localhost", "port": 1}
    schema = reader(**known).schema("value STRING")
    answer.append(["schema", *outcome(lambda: schema.load().schema)])
    batch = spark.read.format("socket").options(**known)
    answer.append(["batch", *outcome(lambda: batch.load().collect())])
    timed = reader(**known, includeTimestamp=True).load()
    answer.append(["timed", timed.schema.simpleString()])
    nobody = reader(host="localhost", port=1).load()
    answer.append(["nobody", failure(nobody, folder, name="nobody") != ["done"]])
    with socket.create_server(("localhost", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        frame = reader(host="localhost", port=server.getsockname()[1]).load()
        query, rows = start(frame, folder, name="lines", trigger=None)
        try:
            while sum(p.numInputRows for p in query.recentProgress) < 4:
                query.awaitTermination(1)
        finally:
            query.stop()
        thread.join(10)
    found = [line for file in sorted(rows.glob("*")) for line in lines_of(file)]
    answer.append(["columns", frame.schema.simpleString()])
    answer.append(["lines", sorted(found)])
    return [plain(row) for row in answer]


def lines_of(file):
    return [row[0] for row in json.loads(file.read_text())]


def serve(server):
    connection, _ = server.accept()
    with connection:
        connection.sendall("one\ntwo\r\n\ngröße\nno end".encode())
        connection.recv(1)
