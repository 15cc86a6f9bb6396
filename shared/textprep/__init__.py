"""Text to features: cleaning, tokens, Porter stems, n-grams, sparse matrices, and a pipeline that saves itself.

It knows nothing of SageMaker, HTTP or any model library, downloads nothing and reads no environment variable.
"""
