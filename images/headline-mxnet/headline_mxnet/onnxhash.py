"""What hashes in ONNX's text syntax: pairs of words as in `features.hashed_pairs`, and the wide part of `wide`.

Casts, because older runtimes multiply no uint64 (type 13) and shift no int64 (type 7).
"""

from string import Template

from headline_mxnet.wide import GRAMS

CONSTANTS = """
    zero = Constant <value = int64[1] {0}> ()
    one = Constant <value = int64[1] {1}> ()
    two = Constant <value = int64[1] {2}> ()
    minus_one = Constant <value = int64[1] {-1}> ()
    maximum = Constant <value = int64[1] {2147483647}> ()
    multiplier0 = Constant <value = int64[1] {-4658895280553007687}> ()
    multiplier1 = Constant <value = int64[1] {-7723592293110705685}> ()"""

# The finaliser of SplitMix64, modulo the number of buckets.
SHIFT = Template("""
    ${of}bits$n = Cast <to = 13> (${of}mixed$n)
    ${of}distance$n = Constant <value = uint64[1] {$distance}> ()
    ${of}shifted$n = BitShift <direction = "RIGHT"> (${of}bits$n, ${of}distance$n)
    ${of}hash$n = BitwiseXor (${of}bits$n, ${of}shifted$n)""")

MULTIPLY = Template("""
    ${of}signed$n = Cast <to = 7> (${of}hash$n)
    ${of}mixed$next = Mul (${of}signed$n, multiplier$n)""")

MODULO = Template("""
    ${of}n_buckets = Constant <value = uint64[1] {$n_buckets}> ()
    ${of}unsigned = Mod (${of}hash2, ${of}n_buckets)
    ${of}bucket = Cast <to = 7> (${of}unsigned)""")

# `is_pair` and buckets from 0 on, of int64 rows of numbers, 0 for none.
PAIRS = Template("""
    ${of}first = Slice ($numbers, zero, minus_one, one)
    ${of}second = Slice ($numbers, one, maximum, one)
    ${of}two_to_32 = Constant <value = int64[1] {4294967296}> ()
    ${of}high = Mul (${of}first, ${of}two_to_32)
    ${of}pair = Add (${of}high, ${of}second)
    ${of}golden_ratio = Constant <value = int64[1] {-7046029254386353131}> ()
    ${of}mixed0 = Add (${of}pair, ${of}golden_ratio)$bucket
    ${of}has_first = Greater (${of}first, zero)
    ${of}has_second = Greater (${of}second, zero)
    ${of}is_pair = And (${of}has_first, ${of}has_second)""")

KNOWN = Template("""
    every = Cast <to = 7> (ids)
    n_ids = Constant <value = int64[1] {$n_ids}> ()
    is_known = Less (every, n_ids)
    known = Where (is_known, every, one)""")

GRAMS_OF_OTHERS = Template("""
    spaces = Constant <value = int64[4] {0, 0, 0, $longest}> ()
    letters = Cast <to = 7> (others)
    letters_padded = Pad (letters, spaces)
    n_letters_0 = Shape <start = 1, end = 2> (letters)
    prime = Constant <value = int64[1] {1099511628211}> ()
    gram1 = Identity (letters)$sizes
    of_grams = Sum ($sums)
    of_unknown = Gather (wide_words, one)
    of_others = Add (of_grams, of_unknown)
    of_every = Concat <axis = 0> (wide_words, of_others)""")

NEXT = Template("""
    from$n = Constant <value = int64[1] {$before}> ()
    to$n = Add (n_letters_0, from$n)
    letter$n = Slice (letters_padded, from$n, to$n, one)
    raised$n = Mul (gram$before, prime)
    gram$n = Add (raised$n, letter$n)""")

SUM = Template("""
    g${n}_mixed0 = Identity (gram$n)$bucket
    g${n}_rows = Gather (wide_grams, g${n}_bucket)
    g${n}_is_whole = Greater (letter$n, zero)
    g${n}_counted = Cast <to = 1> (g${n}_is_whole)
    g${n}_column = Unsqueeze (g${n}_counted, two)
    g${n}_masked = Mul (g${n}_rows, g${n}_column)
    g${n}_sum = ReduceSum <keepdims = 0> (g${n}_masked, one)""")

WIDE = Template("""
    is_word = Greater (every, zero)
    counted_words = Cast <to = 1> (is_word)
    word_column = Unsqueeze (counted_words, two)
    word_rows = Gather ($table, every)
    masked_words = Mul (word_rows, word_column)
    of_words = ReduceSum <keepdims = 0> (masked_words, one)$pairs
    wide_counted = Cast <to = 1> (wide_is_pair)
    wide_column = Unsqueeze (wide_counted, two)
    pair_rows = Gather (wide_pairs, wide_bucket)
    masked_pairs = Mul (pair_rows, wide_column)
    of_pairs = ReduceSum <keepdims = 0> (masked_pairs, one)
    wide_scores = Add (of_words, of_pairs)""")


def bucket(of: str, n_buckets: int) -> str:
    """Return the lines that make `<of>bucket`, int64 from 0 on, of `<of>mixed0`."""
    shifts = [SHIFT.substitute(of=of, n=n, distance=distance) for n, distance in enumerate((30, 27, 31))]
    products = [MULTIPLY.substitute(of=of, n=n, next=n + 1) for n in range(2)]
    modulo = MODULO.substitute(of=of, n_buckets=n_buckets)
    return "".join([shifts[0], products[0], shifts[1], products[1], shifts[2], modulo])


def pairs(of: str, numbers: str, n_buckets: int) -> str:
    """Return the lines that make `<of>bucket` and `<of>is_pair` of the rows `numbers`."""
    return PAIRS.substitute(of=of, numbers=numbers, bucket=bucket(of, n_buckets))


def wide(n_ids: int, n_pairs: int, n_grams: int) -> str:
    """Return the lines that make `wide_scores` and the `known` numbers of `ids`, and of `others` if there are n-grams.

    They name the arrays `wide_words`, `wide_pairs` and `wide_grams`.
    """
    lines, table = KNOWN.substitute(n_ids=n_ids), "wide_words"
    if n_grams:
        least, most = GRAMS
        sizes, sums = "", []
        for n in range(2, most + 1):
            sizes += NEXT.substitute(n=n, before=n - 1)
            if n >= least:
                sizes += SUM.substitute(n=n, bucket=bucket(f"g{n}_", n_grams))
                sums.append(f"g{n}_sum")
        lines += GRAMS_OF_OTHERS.substitute(longest=most, sizes=sizes, sums=", ".join(sums))
        table = "of_every"
    return lines + WIDE.substitute(table=table, pairs=pairs("wide_", "known", n_pairs))
