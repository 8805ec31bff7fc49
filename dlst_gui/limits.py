"""Every limit on what comes from outside, with its unit and its reason; docs/limits.md lists them all.

Whoever reads looks a limit up here when it is needed (`limits.LONGEST_LINE`), so that a test can lower it. Each is
far above what honest files hold, and low enough that a file at the limit takes seconds, not minutes, and stays
below about 1 GB of memory. `tracker_core`, which may not import this, keeps those of weight files itself.
"""

from __future__ import annotations

# Label files: what is in them.

MOST_BOXES = 10_000_000
"""Boxes in one import: 100,000 frames of 50 objects, twice; 40 bytes of memory each."""
MOST_TRACKS = 100_000
"""Objects in one import. Single boxes, which are linked to tracks, make many short ones."""
LARGEST_COORDINATE = 1e7
"""Pixels: far beyond any image, and near enough to be told from a mistake of units."""
LARGEST_WHOLE_NUMBER = 2**53
"""Of ids and frames in files: up to here every whole number is exact as a double."""
LONGEST_LABEL = 10_000
"""Characters of a label's name."""
MOST_ATTRIBUTES = 1000
"""Attributes of one box or track."""
LONGEST_ATTRIBUTE = 100_000
"""Characters of an attribute's name or value."""
MOST_OFFERED_LABELS = 10_000
"""Labels of a label set that is read; LVIS has 1,203."""
MOST_OFFERED_ATTRIBUTES = 500
"""Attributes that a project offers for objects and frames, and choices of one of them."""
LARGEST_TEXTS = 100_000_000
"""Characters of all labels, and of all attributes that differ from each other, in one import."""
LONGEST_SHAPE = 50_000
"""Characters of a polygon, mask or other shape that is kept beside its box: some 2000 corners. Of a larger one the
box alone is kept."""
LARGEST_SHAPES = 50_000_000
"""Characters of all shapes that are kept in one import; of those beyond, only boxes are."""
MOST_MASK_PIXELS = 4_000_000_000
"""Pixels of the boxes of all of COCO's masks that are kept in one import: turned from columns into rows."""

# Label files: how they are written.

LONGEST_LINE = 16_000_000
"""Characters. LaSOT keeps one flag per frame in a single line, Label Studio a whole video."""
MOST_COLUMNS = 1000
"""Cells of a row in a table; formats of labels have seventeen."""
LARGEST_SMALL_TEXT = 1_000_000
"""Characters of a text file that is read as a whole: a list of names, the description of a sequence."""
LARGEST_YAML = 400_000
"""Bytes: twenty thousand classes. YAML takes long to read."""
LARGEST_JSON_VALUE = 32_000_000
"""Characters of one member of a JSON list, or of one value: in Label Studio a track of 200,000 keyframes."""
DEEPEST_JSON = 100
"""Lists and objects inside each other; formats of labels need ten."""
DEEPEST_XML = 30
"""Elements inside each other; formats of labels need eight."""
LONGEST_XML_TEXT = 1_000_000
"""Characters of the text of an element."""
LONGEST_XML_TAG = 1_000_000
"""Bytes of a tag with its attributes, or of a comment: it is searched again with every part that is read."""

# Folders and archives of label files.

MOST_FILES = 500_000
"""Files in a folder or a zip: one for each of 200,000 images, and the images."""
DEEPEST_FOLDER = 16
"""Folders inside each other."""
LONGEST_PATH = 1000
"""Characters of a file's path in a zip, or of a path that is given."""
MOST_UNPACKED_BYTES = 4 << 30
"""Bytes of everything in a zip together, unpacked."""
MOST_UNPACKED_TIMES = 200
"""Unpacked size over the size of the zip; labels shrink to a tenth or so, a bomb to a thousandth."""
SMALL_UNPACKED_BYTES = 10 << 20
"""Bytes. Up to here, how much a zip shrank does not matter: a line that is repeated shrinks well."""

# Videos and pictures.

MOST_FRAME_PIXELS = 2**27
"""Pixels of a frame: 16,384 x 8,192, four times 8K. As RGB it takes 400 MB."""
MOST_FRAMES = 10_000_000
"""Frames of a video, images of a folder: 46 hours at 60 frames/s."""
LONGEST_READING_S = 60
"""Seconds that FFmpeg may take to open a file, or to find the next packet in it."""

LONGEST_FRAME_S = 60
"""Seconds that a decoder's process may take for a frame before it counts as hung."""
LONGEST_STANDSTILL_S = 600
"""Seconds without getting any further while such a process opens a video: slow network folders list slowly."""
DECODER_BYTES_WHILE_OPENING = 8 << 30
"""Bytes of memory of a decoder's process before its frames' size is known: 16K takes 7 GB with 16 threads."""
DECODER_BYTES_BESIDE_FRAMES = 3 << 29
"""Bytes of memory of such a process afterwards, besides frames: libraries, stacks, the index of `MOST_FRAMES`."""
DECODER_FRAMES = 64
"""Frames (RGB) that such a process may hold: 16 to refer to, one for each of 16 threads, and as many again."""

# Lists of jobs.

MOST_JOBS = 10_000
"""Videos of one list, or of one folder with all folders in it."""
LARGEST_JOB_FILE = 16_000_000
"""Bytes: `MOST_JOBS` with paths of `LONGEST_PATH` would fit, in Latin letters."""

MOST_BATCH_ROWS = 1_000_000
"""Rows of a table of jobs: `MOST_JOBS` with a hundred objects each. Each takes some 2 KB of memory."""

# Project files.

LARGEST_PROJECT_VALUE = 256 * 2**20
"""Bytes of one value. A change that deletes the predictions of five million frames fits; more is no project's."""
LONGEST_PROJECT_TEXT = 10_000_000
"""Characters of a text, such as a label or an attribute."""
