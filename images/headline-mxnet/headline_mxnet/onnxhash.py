"""What hashes in ONNX's text syntax: pairs of words as in `features.hashed_pairs`, and sums of rows as in `wide`.

Casts, because older runtimes multiply no uint64 (type 13) and shift no int64 (type 7).
"""

from string import Template

from headline_mxnet.wide import GRAMS, Wide

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

# What all tables share: `every` number, and `known` ones, of words that the vocabulary has; 1 where a word is.
KNOWN = Template("""
    every = Cast <to = 7> (ids)
    n_ids = Constant <value = int64[1] {$n_ids}> ()
    is_known = Less (every, n_ids)
    known = Where (is_known, every, one)
    is_word = Greater (every, zero)
    counted_words = Cast <to = 1> (is_word)
    word_column = Unsqueeze (counted_words, two)""")

LETTERS = Template("""
    spaces = Constant <value = int64[4] {0, 0, 0, $longest}> ()
    letters = Cast <to = 7> (others)
    letters_padded = Pad (letters, spaces)
    n_letters_0 = Shape <start = 1, end = 2> (letters)
    prime = Constant <value = int64[1] {1099511628211}> ()
    gram1 = Identity (letters)""")

NEXT = Template("""
    from$n = Constant <value = int64[1] {$before}> ()
    to$n = Add (n_letters_0, from$n)
    letter$n = Slice (letters_padded, from$n, to$n, one)
    raised$n = Mul (gram$before, prime)
    gram$n = Add (raised$n, letter$n)""")

OF_GRAMS = Template("""
    ${of}mixed0 = Identity (gram$n)$bucket
    ${of}rows = Gather ($table, ${of}bucket)
    ${of}is_whole = Greater (letter$n, zero)
    ${of}counted = Cast <to = 1> (${of}is_whole)
    ${of}column = Unsqueeze (${of}counted, two)
    ${of}masked = Mul (${of}rows, ${of}column)
    ${of}sum = ReduceSum <keepdims = 0> (${of}masked, one)""")

OF_OTHERS = Template("""
    ${of}of_grams = Sum ($sums)
    ${of}of_unknown = Gather (${of}words, one)
    ${of}of_others = Add (${of}of_grams, ${of}of_unknown)
    ${of}of_every = Concat <axis = 0> (${of}words, ${of}of_others)""")

OF_WORDS = Template("""
    ${of}word_rows = Gather ($table, $numbers)
    ${of}masked_words = Mul (${of}word_rows, word_column)
    ${of}of_words = ReduceSum <keepdims = 0> (${of}masked_words, one)""")

OF_PAIRS = Template("""$pairs
    ${of}counted = Cast <to = 1> (${of}is_pair)
    ${of}column = Unsqueeze (${of}counted, two)
    ${of}pair_rows = Gather (${of}pairs, ${of}bucket)
    ${of}masked_pairs = Mul (${of}pair_rows, ${of}column)
    ${of}of_pairs = ReduceSum <keepdims = 0> (${of}masked_pairs, one)""")


def bucket(of: str, n_buckets: int) -> str:
    """Return the lines that make `<of>bucket`, int64 from 0 on, of `<of>mixed0`."""
    shifts = [SHIFT.substitute(of=of, n=n, distance=distance) for n, distance in enumerate((30, 27, 31))]
    products = [MULTIPLY.substitute(of=of, n=n, next=n + 1) for n in range(2)]
    modulo = MODULO.substitute(of=of, n_buckets=n_buckets)
    return "".join([shifts[0], products[0], shifts[1], products[1], shifts[2], modulo])


def pairs(of: str, numbers: str, n_buckets: int) -> str:
    """Return the lines that make `<of>bucket` and `<of>is_pair` of the rows `numbers`."""
    return PAIRS.substitute(of=of, numbers=numbers, bucket=bucket(of, n_buckets))


def known(n_ids: int, has_grams: bool) -> str:
    """Return the lines that make the `known` numbers of `ids` and, with n-grams, those of `others`."""
    lines = KNOWN.substitute(n_ids=n_ids)
    if has_grams:
        lines += LETTERS.substitute(longest=GRAMS[1])
        lines += "".join(NEXT.substitute(n=n, before=n - 1) for n in range(2, GRAMS[1] + 1))
    return lines


def sums(of: str, rows: Wide) -> str:
    """Return the lines that make `<of>sums`, as `Wide.scores` does, of `<of>words`, `<of>pairs` and `<of>grams`."""
    lines, table, numbers, parts = "", f"{of}words", "known", [f"{of}of_words"]
    if len(rows.grams):
        found = []
        for n in range(GRAMS[0], GRAMS[1] + 1):
            own = f"{of}g{n}_"
            lines += OF_GRAMS.substitute(of=own, n=n, table=f"{of}grams", bucket=bucket(own, len(rows.grams)))
            found.append(f"{own}sum")
        lines += OF_OTHERS.substitute(of=of, sums=", ".join(found))
        table, numbers = f"{of}of_every", "every"
    lines += OF_WORDS.substitute(of=of, table=table, numbers=numbers)
    if len(rows.pairs):
        lines += OF_PAIRS.substitute(of=of, pairs=pairs(of, "known", len(rows.pairs)))
        parts.append(f"{of}of_pairs")
    return f"{lines}\n    {of}sums = Sum ({', '.join(parts)})"
