using FlexCore.Plugins.Transforms.Expressions;

namespace FlexCore.Plugins.Tests.Transforms;

/// <summary>What expressions make of records.</summary>
public sealed class ExpressionTests
{
    private const string Record = """{"i":7,"d":0.1,"t":"Zoë 🙂","u":"7","b":true,"no":false,"n":null,"o":{"x":1},"l":[1],"e":"","select":1,"a b":2,"q\"q":3,"big":123456789012345678901234567890,"huge":1e999999,"neg":-0}""";

    [Theory]
    [InlineData("1 + 2 * 3", "7")]
    [InlineData("(1 + 2) * 3", "9")]
    [InlineData("10 - 4 - 3", "3")]
    [InlineData("100 / 5 / 2", "10")]
    [InlineData("-2 * -3", "6")]
    [InlineData("- - 2", "2")]
    [InlineData("1 + 2 || 3 * 4", "\"312\"")]
    [InlineData("1 + 1 = 2 and 'a' || 'b' = 'ab'", "true")]
    [InlineData("true or false and false", "true")]
    [InlineData("(true or false) and false", "false")]
    [InlineData("not false and false", "false")]
    [InlineData("not (false and false)", "true")]
    [InlineData("not i = 8", "true")]
    [InlineData("NOT i IN (1, 2) AND n IS NULL", "true")]
    public void Operators_bind_as_in_SQL(string expression, string result) => TestMap.Evaluate(expression, Record).ShouldBe(result);

    [Theory]
    [InlineData("d + 0.2", "0.3")]
    [InlineData("d * 3 = 0.3", "true")]
    [InlineData("1 / 3", "0.3333333333333333333333333333")]
    [InlineData("79228162514264337593543950335 - 1", "79228162514264337593543950334")]
    [InlineData("0.0000000000000000000000000001 * -1", "-0.0000000000000000000000000001")]
    [InlineData("1e3 + 1E-2", "1000.01")]
    [InlineData("1.50 + 0", "1.50")]
    [InlineData("neg = 0", "true")]
    [InlineData("1.0 = 1", "true")]
    [InlineData("1.0 in (2, 1)", "true")]
    [InlineData("big", "123456789012345678901234567890")]
    [InlineData("huge", "1e999999")]
    [InlineData("big || ''", "\"123456789012345678901234567890\"")]
    public void Numbers_are_counted_in_decimals_and_those_that_are_only_passed_on_stay_as_they_are(string expression, string result) =>
        TestMap.Evaluate(expression, Record).ShouldBe(result);

    [Theory]
    [InlineData("n + 1", "null")]
    [InlineData("n || 'x'", "null")]
    [InlineData("n = n", "null")]
    [InlineData("n <> 1", "null")]
    [InlineData("n < 1", "null")]
    [InlineData("n like '%'", "null")]
    [InlineData("n in (1, 2)", "null")]
    [InlineData("upper(n)", "null")]
    [InlineData("length(missing)", "null")]
    [InlineData("-n", "null")]
    [InlineData("not n", "null")]
    [InlineData("null", "null")]
    [InlineData("n is null", "true")]
    [InlineData("missing is null", "true")]
    [InlineData("i is not null", "true")]
    [InlineData("o is null", "false")]
    [InlineData("l is not null", "true")]
    [InlineData("(n = 1) is null", "true")]
    [InlineData("i in (7, n)", "true")]
    [InlineData("i in (8, n)", "null")]
    [InlineData("i not in (8, n)", "null")]
    [InlineData("i not in (7, n)", "false")]
    [InlineData("coalesce(n, missing, 'x', 1 / 0)", "\"x\"")]
    [InlineData("coalesce(n)", "null")]
    [InlineData("n and false", "false")]
    [InlineData("n or true", "true")]
    [InlineData("n and true", "null")]
    [InlineData("n or false", "null")]
    public void Null_is_answered_as_in_SQL(string expression, string result) => TestMap.Evaluate(expression, Record).ShouldBe(result);

    [Theory]
    [InlineData("t like 'Z%'", "true")]
    [InlineData("t like 'z%'", "false")]
    [InlineData("t like 'Zo_ _'", "true")]
    [InlineData("t like '_____'", "true")]
    [InlineData("t like '____'", "false")]
    [InlineData("t like '%🙂'", "true")]
    [InlineData("t like '%_🙂'", "true")]
    [InlineData("t like '%o_%'", "true")]
    [InlineData("t not like '%x%'", "true")]
    [InlineData("e like ''", "true")]
    [InlineData("e like '%'", "true")]
    [InlineData("e like '_'", "false")]
    [InlineData("'a%b' like 'a\\%b'", "true")]
    [InlineData("'axb' like 'a\\%b'", "false")]
    [InlineData("'a_' like '%\\_'", "true")]
    [InlineData("'a\\' like '%\\\\'", "true")]
    [InlineData("'aa' like 'a%a'", "true")]
    [InlineData("'a' like 'a%a'", "false")]
    [InlineData("'abcabd' like '%ab_'", "true")]
    [InlineData("'abcabd' like '%ab_%d'", "true")]
    [InlineData("'it''s' like 'it''s'", "true")]
    public void Like_takes_code_points_and_escapes(string expression, string result) => TestMap.Evaluate(expression, Record).ShouldBe(result);

    [Theory]
    [InlineData("lower('ZOË 🙂 İ')", "\"zoë 🙂 i\"", "\"zoë 🙂 İ\"")]
    [InlineData("upper(t)", "\"ZOË 🙂\"")]
    [InlineData("upper('straße')", "\"STRASSE\"", "\"STRAßE\"")]
    [InlineData("trim('  a b\t')", "\"a b\"")]
    [InlineData("length(t)", "5")]
    [InlineData("length(e)", "0")]
    [InlineData("\"select\" + \"a b\" + \"q\"\"q\"", "6")]
    [InlineData("'a''b' || '\"' || '\\'", "\"a'b\\\"\\\\\"")]
    [InlineData("b || '/' || no", "\"true/false\"")]
    [InlineData("t || lower(upper(t) || (t || '!')) || upper(e)", "\"Zoë 🙂zoë 🙂zoë 🙂!\"")]
    [InlineData("'a' < 'b'", "true")]
    [InlineData("'Z' < 'a'", "true")]
    [InlineData("'\uffff' < '🙂'", "true")]
    [InlineData("b = true", "true")]
    [InlineData("b != no", "true")]
    public void Texts_and_booleans_are_what_Unicode_and_JSON_say(string expression, params string[] results) => results.ShouldContain(TestMap.Evaluate(expression, Record));

    [Theory]
    [InlineData("i = u", "compares a number (field 'i') with a text (field 'u')")]
    [InlineData("i = 7 and i < u", "compares a number (field 'i') with a text (field 'u')")]
    [InlineData("u in (1, 2)", "compares a text (field 'u') with a number")]
    [InlineData("b < no", "booleans can only be compared with = and !=")]
    [InlineData("i like '7'", "like wants a text and got a number (field 'i')")]
    [InlineData("i and true", "wants true or false and got a number (field 'i')")]
    [InlineData("not t", "wants true or false and got a text (field 't')")]
    [InlineData("t + 1", "counts with a text (field 't')")]
    [InlineData("-t", "counts with a text (field 't')")]
    [InlineData("lower(i)", "lower wants a text and got a number (field 'i')")]
    [InlineData("length(b)", "length wants a text and got a boolean (field 'b')")]
    [InlineData("o = 1", "field 'o' is an object or a list: only 'is null' and 'is not null' can ask it")]
    [InlineData("coalesce(n, l)", "field 'l' is an object or a list: only 'is null' and 'is not null' can ask it")]
    [InlineData("big = 1", "field 'big' is a number that does not fit into 28 digits")]
    [InlineData("huge > 1", "field 'huge' is a number that does not fit into 28 digits")]
    [InlineData("79228162514264337593543950335 + i", "the result does not fit into 28 digits")]
    [InlineData("i / (i - 7)", "divides by zero")]
    [InlineData("false and t > 1 or u > 1", "compares a text (field 'u') with a number")]
    public void Wrong_type_is_a_problem_and_never_a_silent_no(string expression, string problem) =>
        TestMap.Evaluate(expression, Record).ShouldBe($"derive: field 'result': {problem}");

    [Fact]
    public void What_comes_after_the_operand_that_decides_is_not_looked_at()
    {
        TestMap.Evaluate("b or t > 1", Record).ShouldBe("true");
        TestMap.Evaluate("no and t > 1", Record).ShouldBe("false");
        TestMap.Evaluate("i in (7, t)", Record).ShouldBe("true");
    }

    [Fact]
    public void Names_in_problems_cannot_drive_a_terminal() =>
        TestMap.Evaluate("\"a\u001b[2J\" + 1", """{"a\u001b[2J":"x"}""").ShouldBe("derive: field 'result': counts with a text (field 'a\\u001b[2J')");

    [Theory]
    [InlineData("", "goes wrong at character 1: the end is here where a field, a value or '(' is wanted")]
    [InlineData("a >", "goes wrong at character 4: the end is here where a field, a value or '(' is wanted")]
    [InlineData("a = 'x", "goes wrong at character 5: the text that begins here has no end")]
    [InlineData("\"a", "goes wrong at character 1: the name that begins here has no end")]
    [InlineData("\"\" = 1", "goes wrong at character 1: a name is empty")]
    [InlineData("a = 1 b", "goes wrong at character 7: 'b' is here where 'and', 'or' or the end is wanted")]
    [InlineData("a == 1", "goes wrong at character 4: '=' is here where a field, a value or '(' is wanted")]
    [InlineData("a & b", "goes wrong at character 3: '&' means nothing here")]
    [InlineData("a = 🙂", "goes wrong at character 5: '🙂' means nothing here")]
    [InlineData("01 = 1", "goes wrong at character 1: a number is not well-formed")]
    [InlineData("1.e5 = 1", "goes wrong at character 1: a number is not well-formed")]
    [InlineData("1e = 1", "goes wrong at character 1: a number is not well-formed")]
    [InlineData("1e999999 = a", "goes wrong at character 1: a number does not fit into 28 digits")]
    [InlineData("1 = 'a'", "goes wrong at character 3: compares a number with a text")]
    [InlineData("true < b", "goes wrong at character 6: booleans can only be compared with = and !=")]
    [InlineData("a in ()", "goes wrong at character 7: ')' is here where a field, a value or '(' is wanted")]
    [InlineData("a not b", "goes wrong at character 7: 'b' is here where 'in' or 'like' is wanted")]
    [InlineData("a is 1", "goes wrong at character 6: '1' is here where 'null' is wanted")]
    [InlineData("a like b", "goes wrong at character 8: 'b' is here where a pattern in '…' is wanted")]
    [InlineData("a like 'x\\'", "goes wrong at character 8: the pattern ends with a \\ that has nothing to escape")]
    [InlineData("and = 1", "goes wrong at character 1: 'and' is here where a field, a value or '(' (a field of that name is written \"and\") is wanted")]
    [InlineData("now()", "goes wrong at character 1: 'now' is no function; there are: lower, upper, trim, length, coalesce")]
    [InlineData("lower(a, b)", "goes wrong at character 7: 'lower' takes one value")]
    [InlineData("lower(1)", "goes wrong at character 7: a text is wanted here, not a number")]
    [InlineData("'a' + 1", "goes wrong at character 1: a number is wanted here, not a text")]
    [InlineData("1 and true", "goes wrong at character 1: a boolean is wanted here, not a number")]
    public void What_cannot_be_right_for_any_record_is_refused_where_it_stands(string expression, string expected)
    {
        Parser.TryParse(expression, _ => 0, out _, out var problem).ShouldBeFalse();

        problem.ShouldBe(expected);
    }

    [Fact]
    public void Depth_and_length_of_an_expression_are_limited()
    {
        Problem(new string('(', 65) + "1" + new string(')', 65)).ShouldBe("goes wrong at character 66: nests deeper than 64 levels");
        Problem(string.Concat(Enumerable.Repeat("not ", 65)) + "true").ShouldBe("goes wrong at character 261: nests deeper than 64 levels");
        Problem(new string('-', 65) + "1").ShouldBe("goes wrong at character 66: nests deeper than 64 levels");
        Problem(new string(' ', 4096) + "1").ShouldBe("is longer than 4 KiB");
        Problem(new string('(', 64) + "1" + new string(')', 64)).ShouldBeNull();
        Problem(string.Join(" + ", Enumerable.Repeat("1", 1000))).ShouldBeNull();
    }

    private static string? Problem(string expression) => Parser.TryParse(expression, _ => 0, out _, out var problem) ? null : problem;
}
