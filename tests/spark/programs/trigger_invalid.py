"""Triggers: what can't be one."""

from tests.spark.streams import Input, outcome

TRIGGERS = (
    {"processingTime": "-1 second"},
    {"processingTime": "1 month"},
    {"processingTime": ""},
    {},
)


def run(spark, folder):
    rows = Input(folder)
    rows.add({"k": "a"})
    frame = rows.read(spark, "k STRING")

    def start(trigger):
        writer = frame.writeStream.format("noop").trigger(**trigger)
        writer.option("checkpointLocation", f"{folder}/checkpoint").start().stop()

    def tried(trigger):
        try:
            return outcome(lambda: start(trigger))
        except ValueError as error:
            return [type(error).__name__]

    return [[str(trigger), *tried(trigger)] for trigger in TRIGGERS]
