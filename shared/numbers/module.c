/* smcontract._numbers: a line of numbers to what is stored of its row, in one pass, without an object for each number.

   It takes plain lines alone: ASCII, every number in decimal and finite in single precision, every column in its place.
   For any other, wrong ones above all, it returns None: the Python code in smcontract/records.py defines the result,
   and has a sentence for what it refuses. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>

typedef struct {
    PyObject *index_bytes, *value_bytes;
    int32_t *indices;
    float *values;
    Py_ssize_t count;
    int zeros; /* whether a zero is stored */
} Row;

static int open_row(Row *row, Py_ssize_t room, int zeros)
{
    row->index_bytes = PyBytes_FromStringAndSize(NULL, room * (Py_ssize_t)sizeof(int32_t));
    row->value_bytes = PyBytes_FromStringAndSize(NULL, room * (Py_ssize_t)sizeof(float));
    if (!row->index_bytes || !row->value_bytes) {
        Py_XDECREF(row->index_bytes);
        Py_XDECREF(row->value_bytes);
        return 0;
    }
    row->indices = (int32_t *)PyBytes_AS_STRING(row->index_bytes);
    row->values = (float *)PyBytes_AS_STRING(row->value_bytes);
    row->count = 0;
    row->zeros = zeros;
    return 1;
}

/* Store a number, whose column is above those before; false when single precision cannot hold it. */
static int put(Row *row, Py_ssize_t column, double value)
{
    float single = (float)value;
    if (row->zeros || single != 0) {
        row->indices[row->count] = (int32_t)column;
        row->values[row->count++] = single;
    }
    return isfinite(single);
}

static PyObject *close_row(Row *row, int is_plain)
{
    PyObject *result = NULL;
    if (PyErr_Occurred())
        ;
    else if (!is_plain)
        result = Py_NewRef(Py_None);
    else if (!_PyBytes_Resize(&row->index_bytes, row->count * (Py_ssize_t)sizeof(int32_t)) &&
             !_PyBytes_Resize(&row->value_bytes, row->count * (Py_ssize_t)sizeof(float)))
        result = PyTuple_Pack(2, row->index_bytes, row->value_bytes);
    Py_XDECREF(row->index_bytes);
    Py_XDECREF(row->value_bytes);
    return result;
}

static int is_digit(char character)
{
    return '0' <= character && character <= '9';
}

static const char *after_spaces(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

/* Read a decimal number as float() does; return where it ends, or NULL. A NUL, which is in no number, ends the text.

   At most 15 digits are exact in a double, and so is the power of ten that they are divided by: one division then
   rounds correctly. The rest is for CPython's own conversion. */
static const char *number(const char *text, double *value)
{
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const char *at = text + (*text == '-' || *text == '+'), *start = at;
    uint64_t digits = 0;
    for (; is_digit(*at); at++)
        digits = digits * 10 + (uint64_t)(*at - '0');
    Py_ssize_t length = at - start, places = 0;
    if (*at == '.') {
        for (start = ++at; is_digit(*at); at++)
            digits = digits * 10 + (uint64_t)(*at - '0');
        places = at - start;
    }
    length += places;
    if (!length)
        return NULL;
    if (length <= 15 && *at != 'e' && *at != 'E') {
        double size = (double)digits / powers[places];
        *value = *text == '-' ? -size : size;
        return at;
    }
    char *end;
    *value = PyOS_string_to_double(text, &end, NULL);
    return PyErr_Occurred() ? NULL : end;
}

static int read_cells(const char *at, const char *end, Py_ssize_t n_features, Row *row)
{
    for (Py_ssize_t column = 0; column < n_features; column++, at++) {
        for (; column + 1 < n_features && is_digit(at[0]) && at[1] == ','; at += 2) /* as in counts of words */
            put(row, column++, at[0] - '0');
        at = after_spaces(at);
        if (at != end && *at != ',') {
            double value;
            if (!(at = number(at, &value)) || !put(row, column, value))
                return 0;
            at = after_spaces(at);
        }
        if (column + 1 == n_features)
            return at == end;
        if (*at != ',')
            return 0;
    }
    return 0;
}

static int read_pairs(const char *at, const char *end, Py_ssize_t n_features, Row *row)
{
    Py_ssize_t last = -1, fields = 0;
    for (at = after_spaces(at); at != end; at = after_spaces(at), fields++) {
        const char *field = at;
        double value;
        Py_ssize_t column = 0;
        for (; is_digit(*at) && at - field < 9; at++)
            column = column * 10 + (*at - '0');
        if (at > field && *at == ':') {
            if (column <= last || column >= n_features || !(at = number(at + 1, &value)) || !put(row, column, value))
                return 0;
            last = column;
        } else if (fields || !(at = number(field, &value))) { /* a label stands in front alone */
            return 0;
        }
        if (at != end && *at != ' ' && *at != '\t')
            return 0;
    }
    return fields > 0;
}

static PyObject *parse(PyObject *args, int is_csv)
{
    PyObject *text;
    Py_ssize_t n_features, room;
    int zeros;
    Row row;
    if (!PyArg_ParseTuple(args, "Unp", &text, &n_features, &zeros))
        return NULL;
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    /* What is stored takes no more memory than a few times the text. */
    room = is_csv ? n_features : length / 4 + 1;
    if (!PyUnicode_IS_COMPACT_ASCII(text) || !length || n_features < 1 || n_features > INT32_MAX || room > length + 1)
        Py_RETURN_NONE;
    if (!open_row(&row, room, zeros))
        return NULL;
    const char *start = PyUnicode_DATA(text), *end = start + length;
    return close_row(&row, (is_csv ? read_cells : read_pairs)(start, end, n_features, &row));
}

static PyObject *csv(PyObject *module, PyObject *args)
{
    return parse(args, 1);
}

static PyObject *libsvm(PyObject *module, PyObject *args)
{
    return parse(args, 0);
}

static PyMethodDef functions[] = {
    {"csv", csv, METH_VARARGS,
     "csv(row: str, n_features: int, zeros: bool) -> (int32 indices, float32 values) of what is stored, or None"},
    {"libsvm", libsvm, METH_VARARGS,
     "libsvm(line: str, n_features: int, zeros: bool) -> (int32 indices, float32 values) of what is stored, or None"},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef module = {PyModuleDef_HEAD_INIT, "smcontract._numbers", NULL, 0, functions, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__numbers(void)
{
    return PyModule_Create(&module);
}
