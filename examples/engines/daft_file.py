"""Opening what a path or URL names, in the child process of an `IsolatedModel`."""

import daft


def open_file(path):
    """A local path as it is; a URL (s3://, gs://, az://, https://, hf://) as a file object that reads only what is asked for."""
    return daft.File(path).open() if "://" in path else path
