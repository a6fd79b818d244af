"""Genres of the songs of a Parquet table (a column `path`), with Spark.

    pip install genrenet -r requirements-spark.txt
    spark-submit --py-files isolated.py spark_genres.py songs.parquet genres
"""

import argparse
from pathlib import Path

from isolated import isolated_model, schema
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import from_arrow_schema


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("songs", help="Parquet file or folder with a column `path`")
    parser.add_argument("out", help="folder of the Parquet files that are written")
    parser.add_argument("--model", default="wide")
    parser.add_argument("--seconds", type=float, default=60, help="time limit of a file")
    parser.add_argument("--master", help="such as local[2,4]: two cores, four attempts of a task")
    arguments = parser.parse_args()

    builder = SparkSession.builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", 64)
    spark = (builder.master(arguments.master) if arguments.master else builder).getOrCreate()
    spark.sparkContext.addPyFile(str(Path(__file__).with_name("isolated.py")))
    model, seconds = arguments.model, arguments.seconds

    def genres(batches):
        isolated = isolated_model(model, seconds)
        for batch in batches:
            yield from isolated.classify_batch(batch.column("path").to_pylist()).to_batches()

    songs = spark.read.parquet(arguments.songs).select("path")
    # A task is what is done again where a worker dies.
    songs = songs.repartition(max(1, songs.count() // 256))
    songs.mapInArrow(genres, from_arrow_schema(schema(model))).write.parquet(arguments.out, mode="overwrite")


if __name__ == "__main__":
    main()
