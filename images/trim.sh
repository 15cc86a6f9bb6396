#!/bin/sh
# Usage: trim.sh VENV SCIPY GENSIM, the last two `whole` or the part that the image needs: `sparse`, `pairs`
# Takes out of a virtual environment what no container reads, and compiles what is left: a read-only container cannot keep bytecode.
set -eu
venv=$1 scipy=$2 gensim=$3
cd "$venv"/lib/python3.*/site-packages

# Test suites of the libraries: 60 MB or more. One file of them is read at run time: the word pairs that gensim's wheel carries.
pairs=./gensim/test/test_data/wordsim353.tsv
find . -type f -regex '.*/tests?/.*' ! -path "$pairs" -delete
find . -depth -type d -regex '.*/tests?\(/.*\)?' -empty -delete

# What compilers and type checkers read, and pip's launchers for Windows.
find . -type f -regex '.*\.\(c\|cc\|cpp\|h\|hpp\|cuh\|a\|proto\|pyx\|pxd\|pyi\|exe\)' -delete

# Programs that no container runs: MXNet's tools want a cluster, and onnx writes models here but runs none. NumPy's f2py stays, since
# `from numpy import *`, as SciPy has it, imports it.
rm -rf mxnet/tools onnx/reference onnx/backend onnx/fuzz "$venv"/bin/f2py* "$venv"/bin/backend-test-tools

# Descriptions of some 400 AWS services: 26 MB. sagemaker-training calls S3 and CodeArtifact, the BlazingText client SageMaker;
# STS, SSO and sign-in give boto3 its credentials.
find botocore/data -mindepth 1 -maxdepth 1 -type d \
    ! -name s3 ! -name sagemaker ! -name codeartifact ! -name sts ! -name 'sso*' ! -name signin -exec rm -r {} +

# An image that needs SciPy's sparse matrices alone saves 75 MB. They stay without metadata, so that pip brings the whole to a
# script that asks for it.
if [ "$scipy" = sparse ]; then
    find scipy -mindepth 1 -maxdepth 1 -type d ! -name '_*' ! -name sparse -exec rm -r {} +
    rm -r scipy/sparse/linalg scipy/sparse/csgraph scipy.libs scipy-*.dist-info
fi

# Of gensim that file alone, and nothing of what only gensim imports: 30 MB. Without metadata, for the same reason.
if [ "$gensim" = pairs ]; then
    find gensim -type f ! -path "${pairs#./}" -delete
    find gensim -depth -type d -empty -delete
    rm -r smart_open wrapt gensim-*.dist-info smart_open-*.dist-info wrapt-*.dist-info
fi

# Symbol tables: 17 MB or more. The libraries in *.libs were edited when their wheels were made, and strip would break them.
# What was stripped must load; some in *.libs do only after others.
find . -type d -name '*.libs' -prune -o -type f \( -name '*.so' -o -name '*.so.[0-9]*' \) -exec strip --strip-unneeded {} +
find . -type d -name '*.libs' -prune -o -type f -name '*.so' -print | "$venv/bin/python" -c 'import ctypes, sys; [ctypes.CDLL(line.strip()) for line in sys.stdin]'

# Bytecode that is valid whatever the time stamps of the layers say. pip, which sagemaker-training requires, is not run.
"$venv/bin/python" -m compileall -q -j 0 --invalidation-mode unchecked-hash -x '/pip/' .
