"""What came after the courses: today's optimizer, normalizations, language models, generative models.

Examples are rows here, as in the papers: x is (m, d) or (m, T, d), images are (m, H, W, C), and the 1/m of a mean
stands in the loss and nowhere else. A function that departs from this says so.
"""
