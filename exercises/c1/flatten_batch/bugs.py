from tutor.grading import Bug

_ANSWER = "X_orig.reshape(m, -1).T"

BUGS = [
    Bug(
        "scrambled",
        old=_ANSWER,
        new="X_orig.reshape(-1, m)",
        why="The shape is right, but each column mixes pixels of different images: give each image a row of its own "
        "first, then transpose.",
        section="data-layout",
    ),
    Bug(
        "scrambled-rows",
        old=_ANSWER,
        new="X_orig.reshape(-1, m).T",
        why="The images should be columns, and these rows mix pixels of different images: reshape with the images "
        "as the first axis, then transpose.",
        section="data-layout",
    ),
    Bug(
        "images-in-rows",
        old=_ANSWER,
        new="X_orig.reshape(m, -1)",
        why="Each image is a row here; examples are columns, so a transpose is missing.",
        section="data-layout",
    ),
    Bug(
        "all-axes-reversed",
        old=_ANSWER,
        new="X_orig.T.reshape(-1, m)",
        why="The transpose comes before the reshape and reverses all four axes, so each image is unrolled channel by "
        "channel and column by column; reshape first.",
        section="data-layout",
    ),
    Bug(
        "all-axes-reversed-rows",
        old=_ANSWER,
        new="X_orig.T.reshape(m, -1)",
        why="The transpose comes before the reshape and reverses all four axes, so the rows mix pixels of different "
        "images; reshape first, then transpose.",
        section="data-layout",
    ),
    Bug(
        "rows-of-pixels-as-examples",
        old=_ANSWER,
        new="X_orig.reshape(X_orig.shape[1], -1).T",
        why="There are as many columns as an image has rows of pixels: the number of images m is X_orig.shape[0].",
        section="data-layout",
    ),
    Bug(
        "columns-of-pixels-as-examples",
        old=_ANSWER,
        new="X_orig.reshape(X_orig.shape[2], -1).T",
        why="There are as many columns as an image has columns of pixels: the number of images m is X_orig.shape[0].",
        section="data-layout",
    ),
    Bug(
        "channels-first",
        old=_ANSWER,
        new="X_orig.transpose(0, 3, 1, 2).reshape(m, -1).T",
        why="Each image is unrolled channel by channel; the three channels of a pixel should stay side by side.",
        section="data-layout",
    ),
    Bug(
        "columns-of-pixels-first",
        old=_ANSWER,
        new="X_orig.transpose(0, 2, 1, 3).reshape(m, -1).T",
        why="Each image is unrolled column by column of pixels; the rows of pixels come one after the other.",
        section="data-layout",
    ),
    Bug(
        "one-vector",
        old=_ANSWER,
        new="X_orig.reshape(-1)",
        why="All images are in one vector of rank 1; each of the m images needs a column of its own.",
        section="data-layout",
    ),
    Bug(
        "one-column",
        old=_ANSWER,
        new="X_orig.reshape(-1, 1)",
        why="All images are in one single column; each of the m images needs a column of its own.",
        section="data-layout",
    ),
    Bug(
        "pixels-still-apart",
        old=_ANSWER,
        new="X_orig.reshape(m, -1, 3).T",
        why="The channels are still an axis of their own; unroll them together with the pixels.",
        section="data-layout",
    ),
    Bug(
        "square-images-only",
        old=_ANSWER,
        new="X_orig.reshape(m, X_orig.shape[1] * X_orig.shape[1] * 3).T",
        why="The number of features takes the height twice; width and height of an image may differ.",
        section="data-layout",
    ),
    Bug(
        "pixels-scaled",
        old=_ANSWER,
        new="X_orig.reshape(m, -1).T / 255",
        why="The pixels are divided by 255 too; here the numbers should only change their places.",
        section="data-layout",
    ),
]
