"""S_comb: around which places candidates are drawn, how many around each, and the draws. Source: paper 3.1.

Both trackers draw by this, and so does whoever draws the candidates of a kept frame again (`evidence.redrawing`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.config import CandidateConfig
from tracker_core.sampling import BoxSampler
from tracker_core.tracker import CandidateOrigin, DrawingCenter


def drawing_centers(
    config: CandidateConfig,
    previous: Box,
    localized: Box | None,
    *,
    guided: Box | None = None,
    last_seen: Box | None = None,
    translation: float | None = None,
) -> tuple[DrawingCenter, ...]:
    """The places that candidates are drawn around, in the order of the draws.

    The place of the frame before and each that is proposed get equal parts; an odd count gives a single proposal
    one more. Without a proposal its part is drawn around the previous place, too.

    Args:
        config: how many draws, and around which places.
        previous: the target on the frame before.
        localized: where the localiser proposes it; None where it abstains.
        guided: where a guide proposes it.
        last_seen: where the target was last seen, if not at `previous`; half of the draws around that go there.
        translation: spread of the draws around `previous` and `last_seen`; None for `config.translation_factor`.
    """
    narrow = config.translation_factor
    wide = narrow if translation is None else translation
    origin = CandidateOrigin.PREVIOUS if localized is None else CandidateOrigin.LOCALIZED
    proposed = [(origin, localized or previous)]
    if guided is not None:
        proposed.append((CandidateOrigin.GUIDED, guided))
    share = config.count // (len(proposed) + 1)
    n_previous = {"both": share, "previous": config.count, "localized": 0}[config.mode]
    n_last_seen = 0 if last_seen is None else n_previous // 2
    is_shared_evenly = config.mode == "both" and len(proposed) > 1
    n_proposed = share if is_shared_evenly else (config.count - n_previous) // len(proposed)
    centers = [DrawingCenter(CandidateOrigin.PREVIOUS, previous, n_previous - n_last_seen, wide)]
    if last_seen is not None:
        centers.append(DrawingCenter(CandidateOrigin.LAST_SEEN, last_seen, n_last_seen, wide))
    centers += [DrawingCenter(origin, box, n_proposed, narrow) for origin, box in proposed]
    return tuple(center for center in centers if center.count)


def drawn_candidates(
    sampler: BoxSampler, rng: np.random.Generator, centers: Sequence[DrawingCenter], *, scale_exponent: float
) -> tuple[BoxArray, NDArray[np.uint8]]:
    """(n, 4) boxes drawn around the centres one after the other, and (n,) their origins."""
    boxes = [
        sampler.normal(
            rng, center.box, center.count, translation=center.translation, scale_exponent=scale_exponent
        )
        for center in centers
    ]
    origins = np.array([center.origin for center in centers], dtype=np.uint8)
    return np.concatenate(boxes), np.repeat(origins, [center.count for center in centers])
