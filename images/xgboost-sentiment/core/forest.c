/* xgboost_sentiment._forest: sparse rows down the trees of a booster, as XGBoost's own predictor takes them.

   forest.py lays the trees out and says which models it takes. Nothing is read or written out of bounds, whatever the
   arrays hold. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>

typedef struct {
    float value;     /* of a leaf its weight; else rows whose feature is below it go left */
    int32_t feature;
    int32_t left;    /* the child, behind its parent; the right one follows. 0 for a leaf */
    int32_t default_left; /* where rows without the feature go */
} Node;

typedef struct {
    const Node *nodes;
    const int32_t *roots;
    float *row; /* of the row's features, NaN where there is none: so it is between two rows */
    Py_ssize_t n_nodes, n_roots, n_features;
} Forest;

/* Add the leaf that the row reaches in each tree, one after another in single precision; false for a bad node. */
static int add_leaves(const Forest *forest, float *margin)
{
    for (Py_ssize_t tree = 0; tree < forest->n_roots; tree++) {
        Py_ssize_t at = forest->roots[tree];
        if (at < 0 || at >= forest->n_nodes)
            return 0;
        const Node *node = &forest->nodes[at];
        while (node->left) {
            if (node->feature < 0 || node->feature >= forest->n_features || node->left <= at ||
                node->left >= forest->n_nodes - 1)
                return 0;
            float value = forest->row[node->feature];
            at = node->left + !(isnan(value) ? node->default_left : value < node->value);
            node = &forest->nodes[at];
        }
        *margin += node->value;
    }
    return 1;
}

static int predict(const Forest *forest, const int64_t *starts, Py_ssize_t n_rows, const int32_t *columns,
                   const float *values, Py_ssize_t n_values, float *margins)
{
    for (Py_ssize_t row = 0; row < n_rows; row++) {
        int64_t start = starts[row], end = starts[row + 1];
        if (start < 0 || end < start || end > n_values)
            return 0;
        int is_good = 1;
        for (int64_t at = start; at < end; at++) {
            if (columns[at] < 0 || columns[at] >= forest->n_features)
                is_good = 0;
            else
                forest->row[columns[at]] = values[at];
        }
        is_good = is_good && add_leaves(forest, &margins[row]);
        for (int64_t at = start; at < end; at++)
            if (columns[at] >= 0 && columns[at] < forest->n_features)
                forest->row[columns[at]] = NAN;
        if (!is_good)
            return 0;
    }
    return 1;
}

static PyObject *margins(PyObject *module, PyObject *args)
{
    Py_buffer nodes, roots, row, starts, columns, values;
    float base;
    int is_logistic;
    if (!PyArg_ParseTuple(args, "y*y*w*fpy*y*y*", &nodes, &roots, &row, &base, &is_logistic, &starts, &columns, &values))
        return NULL;
    Forest forest = {nodes.buf, roots.buf, row.buf, nodes.len / (Py_ssize_t)sizeof(Node),
                     roots.len / (Py_ssize_t)sizeof(int32_t), row.len / (Py_ssize_t)sizeof(float)};
    Py_ssize_t n_rows = starts.len / (Py_ssize_t)sizeof(int64_t) - 1, n_values = values.len / (Py_ssize_t)sizeof(float);
    PyObject *result = NULL;
    int is_good = n_rows >= 0 && columns.len == values.len;
    if (is_good && (result = PyBytes_FromStringAndSize(NULL, n_rows * (Py_ssize_t)sizeof(float)))) {
        float *found = (float *)PyBytes_AS_STRING(result);
        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t at = 0; at < n_rows; at++)
            found[at] = base;
        is_good = predict(&forest, starts.buf, n_rows, columns.buf, values.buf, n_values, found);
        for (Py_ssize_t at = 0; is_logistic && at < n_rows; at++)
            found[at] = 1.0f / (expf(-found[at]) + 1.0f);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&nodes);
    PyBuffer_Release(&roots);
    PyBuffer_Release(&row);
    PyBuffer_Release(&starts);
    PyBuffer_Release(&columns);
    PyBuffer_Release(&values);
    if (!is_good) {
        Py_CLEAR(result);
        PyErr_SetString(PyExc_ValueError, "the trees or the rows are not what forest.py makes");
    }
    return result;
}

static PyMethodDef functions[] = {
    {"predict", margins, METH_VARARGS,
     "predict(nodes, roots, row, base: float, logistic: bool, starts, columns, values) -> float32 (n_rows,)"},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef module = {PyModuleDef_HEAD_INIT, "xgboost_sentiment._forest", NULL, 0, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__forest(void)
{
    return PyModule_Create(&module);
}
