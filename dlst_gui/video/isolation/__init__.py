"""Decodes in processes of their own, so that a crash of a decoder takes no work with it. No Qt.

`IsolatedOpener` opens sources as `open_source` does; each one's decoder runs in a child process, which loads
numpy, PyAV and Pillow alone. The child is the side that is not trusted: it decodes foreign bytes. Commands and
answers are JSON and plain arrays, checked where they arrive; pixels cross through shared memory whose size the
parent sets.
"""
