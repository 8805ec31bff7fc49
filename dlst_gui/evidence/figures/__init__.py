"""One frame's evidence as a figure for a paper: vector marks over the picture, response map, scores, legend."""
