/* headline_mxnet._linear: a linear model over words, pairs of neighbouring words and n-grams of characters. Python's side is
   `linear.py`, which says what each function takes and returns; `plain.py` is the same in Python.
   `view.h` says what it sees of a headline. Each row has one weight for each class. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "view.h"

typedef struct {
    float *weights, *squares; /* (n_rows, n_classes): the model, and AdaGrad's sums of squared gradients */
    int64_t n_classes;
    uint32_t dropped; /* of 2^32 features */
    uint64_t state;
} Model;

/* One step of AdaGrad for a headline (Duchi, Hazan, Singer 2011), less the features that are dropped; returns the loss. */
static float step(Model *model, int32_t *found, int64_t n, int32_t label, float rate, float *scores)
{
    int64_t n_classes = model->n_classes, n_kept = thin(found, n, model->dropped, &model->state);
    memset(scores, 0, (size_t)n_classes * sizeof *scores);
    for (int64_t at = 0; at < n_kept; at++) {
        const float *weights = model->weights + found[at] * n_classes;
        for (int64_t k = 0; k < n_classes; k++)
            scores[k] += weights[k];
    }
    float loss = errors_of(scores, n_classes, label);
    for (int64_t at = 0; at < n_kept; at++) {
        float *weights = model->weights + found[at] * n_classes, *squares = model->squares + found[at] * n_classes;
        for (int64_t k = 0; k < n_classes; k++) {
            squares[k] += scores[k] * scores[k];
            weights[k] -= rate * scores[k] / sqrtf(squares[k] + EPSILON);
        }
    }
    return loss;
}

static PyObject *linear_train(PyObject *module, PyObject *args)
{
    Py_buffer weights, squares, starts, rows, ids, labels;
    View view = {0};
    Model model = {0};
    Py_ssize_t n_classes, length;
    float rate, last_rate, dropout;
    unsigned long long state;
    if (!PyArg_ParseTuple(args, "w*w*(y*y*LLL)y*y*nnfffK", &weights, &squares, &starts, &rows, &view.n_known, &view.pairs,
                          &view.n_buckets, &ids, &labels, &n_classes, &length, &rate, &last_rate, &dropout, &state))
        return NULL;
    view.starts = starts.buf, view.rows = rows.buf, view.n_words = starts.len / 8 - 1;
    int64_t n_rows = n_classes > 0 ? weights.len / 4 / n_classes : 0, n = labels.len / 4;
    const int32_t *words = ids.buf;
    float *scores = NULL;
    int32_t *found = NULL;
    double loss = 0;
    int status = n_classes > 0 && length > 0 && squares.len == weights.len && dropout >= 0 && dropout < 1 &&
                 ids.len / 4 / length == n && n_rows <= INT32_MAX &&
                 is_sound(&view, starts.len / 8, rows.len / 4, n_rows) && are_below(words, n * length, view.n_words) &&
                 are_below(labels.buf, n, n_classes);
    if (!status)
        PyErr_SetString(PyExc_ValueError, "the arrays do not fit together");
    else {
        scores = malloc((size_t)n_classes * sizeof *scores);
        found = malloc((size_t)(most_of_all(&view, words, n, length) + 1) * sizeof *found);
        if (!(status = scores && found))
            PyErr_NoMemory();
    }
    if (status) {
        Py_BEGIN_ALLOW_THREADS
        model = (Model){weights.buf, squares.buf, n_classes, (uint32_t)(dropout * 4294967296.0), state};
        for (int64_t row = 0; row < n; row++) {
            int64_t n_found = features(&view, words + row * length, length, found);
            float now = rate + (last_rate - rate) * (float)row / (float)n;
            loss += step(&model, found, n_found, ((const int32_t *)labels.buf)[row], now, scores);
        }
        Py_END_ALLOW_THREADS
    }
    free(scores);
    free(found);
    PyBuffer_Release(&weights);
    PyBuffer_Release(&squares);
    PyBuffer_Release(&starts);
    PyBuffer_Release(&rows);
    PyBuffer_Release(&ids);
    PyBuffer_Release(&labels);
    return status ? Py_BuildValue("dK", loss, (unsigned long long)model.state) : NULL;
}

typedef struct {
    const float *known, *others, *pairs; /* rows of scores: of words below n_known, of those from n_known on, of pairs */
    int64_t n_known, n_buckets, n_classes;
} Sums;

static void add_row(float *scores, const float *row, int64_t n_classes)
{
    for (int64_t k = 0; k < n_classes; k++)
        scores[k] += row[k];
}

static void score(const Sums *sums, const int32_t *ids, int64_t length, float *scores)
{
    int32_t before = 0;
    for (int64_t place = 0; place < length; place++) {
        int32_t id = ids[place], known = id < sums->n_known ? id : UNKNOWN;
        if (id)
            add_row(scores, (known == id ? sums->known + id * sums->n_classes
                                         : sums->others + (id - sums->n_known) * sums->n_classes), sums->n_classes);
        if (id && before && sums->n_buckets)
            add_row(scores, sums->pairs + bucket_of(before, known, sums->n_buckets) * sums->n_classes, sums->n_classes);
        before = known;
    }
}

static PyObject *linear_scores(PyObject *module, PyObject *args)
{
    Py_buffer known, others, pairs, ids;
    Py_ssize_t n_classes, length;
    if (!PyArg_ParseTuple(args, "y*y*y*y*nn", &known, &others, &pairs, &ids, &n_classes, &length))
        return NULL;
    Sums sums = {known.buf, others.buf, pairs.buf, 0, 0, n_classes};
    const int32_t *numbers = ids.buf;
    int64_t n = length > 0 ? ids.len / 4 / length : 0, n_words = 0;
    if (n_classes > 0) {
        sums.n_known = known.len / 4 / n_classes;
        sums.n_buckets = pairs.len / 4 / n_classes;
        n_words = sums.n_known + others.len / 4 / n_classes;
    }
    PyObject *result = NULL;
    if (n_classes < 1 || length < 1 || sums.n_known < 2 || !are_below(numbers, n * length, n_words))
        PyErr_SetString(PyExc_ValueError, "the arrays do not fit together");
    else
        result = PyBytes_FromStringAndSize(NULL, n * n_classes * (Py_ssize_t)sizeof(float));
    if (result) {
        float *scores = (float *)PyBytes_AS_STRING(result);
        Py_BEGIN_ALLOW_THREADS
        memset(scores, 0, (size_t)(n * n_classes) * sizeof *scores);
        for (int64_t row = 0; row < n; row++)
            score(&sums, numbers + row * length, length, scores + row * n_classes);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&known);
    PyBuffer_Release(&others);
    PyBuffer_Release(&pairs);
    PyBuffer_Release(&ids);
    return result;
}

/* The buckets of n-grams of a word with a space on both sides; with `buckets` NULL only their number. */
static int64_t grams(const uint32_t *characters, int64_t n, int64_t least, int64_t most, int64_t n_buckets, int32_t *buckets)
{
    int64_t n_found = 0;
    for (int64_t first = 0; first < n; first++) {
        uint64_t hash = 0;
        for (int64_t size = 1; size <= most && first + size <= n; size++) {
            hash = hash * 0x100000001B3u + characters[first + size - 1];
            if (size < least)
                continue;
            if (buckets)
                buckets[n_found] = (int32_t)(mixed(hash) % (uint64_t)n_buckets);
            n_found++;
        }
    }
    return n_found;
}

static PyObject *linear_grams(PyObject *module, PyObject *args)
{
    Py_buffer text, ends;
    long long least, most, n_buckets;
    if (!PyArg_ParseTuple(args, "y*y*LLL", &text, &ends, &least, &most, &n_buckets))
        return NULL;
    const int64_t *end = ends.buf;
    int64_t n_words = ends.len / 8 - 1, n_characters = text.len / 4, n = 0;
    int is_good = n_words >= 0 && least > 0 && n_buckets > 0 && n_buckets <= INT32_MAX && end[0] >= 0 && end[n_words] <= n_characters;
    for (int64_t word = 0; is_good && word < n_words; word++)
        is_good = end[word] <= end[word + 1];
    for (int64_t word = 0; is_good && word < n_words; word++)
        n += grams((const uint32_t *)text.buf + end[word], end[word + 1] - end[word], least, most, n_buckets, NULL);
    PyObject *starts = NULL, *buckets = NULL;
    if (!is_good)
        PyErr_SetString(PyExc_ValueError, "the arrays do not fit together");
    else if ((starts = PyBytes_FromStringAndSize(NULL, (n_words + 1) * 8)) && (buckets = PyBytes_FromStringAndSize(NULL, n * 4))) {
        int64_t *start = (int64_t *)PyBytes_AS_STRING(starts);
        int32_t *found = (int32_t *)PyBytes_AS_STRING(buckets);
        start[0] = 0;
        for (int64_t word = 0; word < n_words; word++) {
            const uint32_t *first = (const uint32_t *)text.buf + end[word];
            start[word + 1] = start[word] + grams(first, end[word + 1] - end[word], least, most, n_buckets, found + start[word]);
        }
    }
    PyBuffer_Release(&text);
    PyBuffer_Release(&ends);
    if (buckets)
        return Py_BuildValue("NN", starts, buckets);
    Py_XDECREF(starts);
    return NULL;
}

static PyMethodDef functions[] = {
    {"train", linear_train, METH_VARARGS, NULL},
    {"scores", linear_scores, METH_VARARGS, NULL},
    {"grams", linear_grams, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "headline_mxnet._linear", NULL, 0, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__linear(void)
{
    return PyModule_Create(&definition);
}
