using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace FlexCore.Plugins.Transforms.Expressions;

/// <summary>
/// Parses the expressions of <c>where</c>, <c>derive</c> and <c>when</c>; the grammar is in <c>docs/reference/map.md</c>. What cannot be right for
/// any record (a text compared with a number) is refused here and not with the first record.
/// </summary>
internal sealed class Parser
{
    private const int MaxBytes = 4096;
    private const int MaxDepth = 64;
    private static readonly string[] Keywords = ["and", "or", "not", "in", "is", "null", "like", "true", "false"];

    private readonly Lexer _lexer;
    private readonly Func<string, int> _slotOf;
    private Token _token;
    private int _depth;

    private Parser(string text, Func<string, int> slotOf, FieldNaming naming)
    {
        (_lexer, _slotOf) = (new Lexer(text, naming), slotOf);
        _token = _lexer.Next();
    }

    /// <summary>Parses an expression that may have a value of any type.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="slotOf">Gives each field that the expression names its slot.</param>
    /// <param name="expression">What is evaluated.</param>
    /// <param name="problem">What is wrong and where, when it does not parse.</param>
    /// <param name="naming">How it names fields.</param>
    public static bool TryParse(
        string text, Func<string, int> slotOf, [NotNullWhen(true)] out Expression? expression, [NotNullWhen(false)] out string? problem, FieldNaming naming = FieldNaming.Plain)
    {
        (expression, problem) = (null, null);
        if (Encoding.UTF8.GetByteCount(text) > MaxBytes)
        {
            problem = $"is longer than {MaxBytes / 1024} KiB";
            return false;
        }

        try
        {
            var parser = new Parser(text, slotOf, naming);
            expression = parser.ParseOr();
            if (parser._token.Kind != TokenKind.End) throw parser.Unexpected("'and', 'or' or the end");
            return true;
        }
        catch (ExpressionException e)
        {
            problem = $"goes wrong at character {e.At}: {e.Message}";
            expression = null;
            return false;
        }
    }

    /// <summary>Parses an expression that is true or false.</summary>
    public static bool TryParseCondition(
        string text, Func<string, int> slotOf, [NotNullWhen(true)] out Expression? expression, [NotNullWhen(false)] out string? problem, FieldNaming naming = FieldNaming.Plain)
    {
        if (!TryParse(text, slotOf, out expression, out problem, naming)) return false;
        if (expression.Kind is null or ValueKind.Boolean) return true;
        problem = $"is {Value.Word(expression.Kind.Value)} and must be true or false";
        expression = null;
        return false;
    }

    private Expression ParseOr() => ParseLogic("or", deciding: true, ParseAnd);

    private Expression ParseAnd() => ParseLogic("and", deciding: false, ParseNot);

    private Expression ParseLogic(string keyword, bool deciding, Func<Expression> parseOperand)
    {
        var at = _token.At;
        var first = parseOperand();
        if (!IsKeyword(keyword)) return first;
        List<Expression> operands = [Expect(first, ValueKind.Boolean, at)];
        while (SkipKeyword(keyword))
        {
            at = _token.At;
            operands.Add(Expect(parseOperand(), ValueKind.Boolean, at));
        }

        return new LogicChain(deciding, [.. operands]);
    }

    private Expression ParseNot()
    {
        if (!SkipKeyword("not")) return ParsePredicate();
        var at = _token.At;
        return new NotExpression(Expect(Nested(ParseNot), ValueKind.Boolean, at));
    }

    private Expression ParsePredicate()
    {
        var left = ParseConcat();
        var at = _token.At;
        if (FindComparison() is { } comparison)
        {
            Take();
            var right = ParseConcat();
            RequireSameKind(left, right, at);
            if (comparison is not (Comparison.Equal or Comparison.NotEqual) && ValueKind.Boolean == (left.Kind ?? right.Kind))
                throw new ExpressionException("booleans can only be compared with = and !=", at);
            return new ComparisonExpression(comparison, left, right);
        }

        if (SkipKeyword("is"))
        {
            var isNot = SkipKeyword("not");
            return SkipKeyword("null") ? new NullTest(left, isNot) : throw Unexpected("'null'");
        }

        var isNegated = SkipKeyword("not");
        if (SkipKeyword("in")) return ParseIn(left, isNegated, at);
        if (SkipKeyword("like")) return ParseLike(left, isNegated, at);
        return isNegated ? throw Unexpected("'in' or 'like'") : left;
    }

    private InExpression ParseIn(Expression left, bool isNegated, int at)
    {
        Require("(");
        var items = ParseList(ParseConcat);
        foreach (var item in items) RequireSameKind(left, item, at);
        return new InExpression(left, items, isNegated);
    }

    private LikeExpression ParseLike(Expression left, bool isNegated, int at)
    {
        Expect(left, ValueKind.Text, at);
        if (_token.Kind != TokenKind.Text) throw Unexpected("a pattern in '…'");
        var pattern = LikePattern.Parse(_token.Text, out var problem) ?? throw new ExpressionException(problem!, _token.At);
        Take();
        return new LikeExpression(left, pattern, isNegated);
    }

    private Expression ParseConcat()
    {
        var first = ParseSum();
        if (!IsSymbol("||")) return first;
        List<Expression> operands = [first];
        while (SkipSymbol("||")) operands.Add(ParseSum());
        return new ConcatChain([.. operands]);
    }

    private Expression ParseSum() => ParseArithmetic("+", "-", ParseProduct);

    private Expression ParseProduct() => ParseArithmetic("*", "/", ParseSign);

    private Expression ParseArithmetic(string one, string other, Func<Expression> parseOperand)
    {
        var at = _token.At;
        var first = parseOperand();
        if (!IsSymbol(one) && !IsSymbol(other)) return first;
        Expect(first, ValueKind.Number, at);
        var steps = new List<ArithmeticStep>();
        while (IsSymbol(one) || IsSymbol(other))
        {
            var @operator = Take().Text[0];
            at = _token.At;
            steps.Add(new ArithmeticStep(@operator, Expect(parseOperand(), ValueKind.Number, at)));
        }

        return new ArithmeticChain(first, [.. steps]);
    }

    private Expression ParseSign()
    {
        if (!SkipSymbol("-")) return ParsePrimary();
        var at = _token.At;
        return new NegateExpression(Expect(Nested(ParseSign), ValueKind.Number, at));
    }

    private Expression ParsePrimary()
    {
        if (SkipSymbol("("))
        {
            var inner = Nested(ParseOr);
            Require(")");
            return inner;
        }

        var token = _token;
        switch (token.Kind)
        {
            case TokenKind.Text:
                Take();
                return new LiteralExpression(ValueKind.Text, Encoding.UTF8.GetBytes(token.Text));
            case TokenKind.Number:
                Take();
                var digits = Encoding.UTF8.GetBytes(token.Text);
                return JsonNumber.TryDecimal(digits, out _) ? new LiteralExpression(ValueKind.Number, digits) : throw new ExpressionException("a number does not fit into 28 digits", token.At);
            case TokenKind.QuotedName:
                Take();
                return token.Text.Length > 0 ? new FieldExpression(token.Text, _slotOf(token.Text)) : throw new ExpressionException("a name is empty", token.At);
            case TokenKind.Name:
                return ParseName();
            default:
                throw Unexpected("a field, a value or '('");
        }
    }

    private Expression ParseName()
    {
        if (SkipKeyword("true")) return new LiteralExpression(ValueKind.Boolean, "true"u8.ToArray());
        if (SkipKeyword("false")) return new LiteralExpression(ValueKind.Boolean, "false"u8.ToArray());
        if (SkipKeyword("null")) return new LiteralExpression(ValueKind.Null, []);
        if (Keywords.Contains(_token.Text, StringComparer.OrdinalIgnoreCase)) throw Unexpected($"a field, a value or '(' (a field of that name is written \"{_token.Text}\")");
        var name = Take();
        return SkipSymbol("(") ? ParseFunction(name) : new FieldExpression(name.Text, _slotOf(name.Text));
    }

    private Expression ParseFunction(Token name)
    {
        var function = name.Text.ToLowerInvariant();
        if (function is not ("lower" or "upper" or "trim" or "length" or "coalesce"))
            throw new ExpressionException($"'{name.Text}' is no function; there are: lower, upper, trim, length, coalesce", name.At);
        var at = _token.At;
        var arguments = ParseList(() => Nested(ParseOr));
        if (function == "coalesce") return new CoalesceExpression(arguments);
        if (arguments.Length != 1) throw new ExpressionException($"'{function}' takes one value", at);
        Expect(arguments[0], ValueKind.Text, at);
        return function switch
        {
            "lower" => new CaseExpression(arguments[0], toUpper: false),
            "upper" => new CaseExpression(arguments[0], toUpper: true),
            "trim" => new TrimExpression(arguments[0]),
            _ => new LengthExpression(arguments[0]),
        };
    }

    /// <summary>One or more, after the opening parenthesis, with the closing one.</summary>
    private Expression[] ParseList(Func<Expression> parseItem)
    {
        List<Expression> items = [parseItem()];
        while (SkipSymbol(",")) items.Add(parseItem());
        Require(")");
        return [.. items];
    }

    private Expression Nested(Func<Expression> parse)
    {
        if (++_depth > MaxDepth) throw new ExpressionException($"nests deeper than {MaxDepth} levels", _token.At);
        var inner = parse();
        _depth--;
        return inner;
    }

    private Comparison? FindComparison() => _token.Kind != TokenKind.Symbol ? null : _token.Text switch
    {
        "=" => Comparison.Equal,
        "!=" or "<>" => Comparison.NotEqual,
        "<" => Comparison.Less,
        "<=" => Comparison.LessOrEqual,
        ">" => Comparison.Greater,
        ">=" => Comparison.GreaterOrEqual,
        _ => null,
    };

    private static Expression Expect(Expression expression, ValueKind kind, int at) =>
        expression.Kind is null || expression.Kind == kind
            ? expression
            : throw new ExpressionException($"{Value.Word(kind)} is wanted here, not {Value.Word(expression.Kind.Value)}", at);

    private static void RequireSameKind(Expression left, Expression right, int at)
    {
        if (left.Kind is { } first && right.Kind is { } second && first != second)
            throw new ExpressionException($"compares {Value.Word(first)} with {Value.Word(second)}", at);
    }

    private bool IsKeyword(string keyword) => _token.Kind == TokenKind.Name && string.Equals(_token.Text, keyword, StringComparison.OrdinalIgnoreCase);

    private bool IsSymbol(string symbol) => _token.Kind == TokenKind.Symbol && _token.Text == symbol;

    private bool SkipKeyword(string keyword) => Skip(IsKeyword(keyword));

    private bool SkipSymbol(string symbol) => Skip(IsSymbol(symbol));

    private bool Skip(bool isWanted)
    {
        if (isWanted) Take();
        return isWanted;
    }

    private void Require(string symbol)
    {
        if (!SkipSymbol(symbol)) throw Unexpected($"'{symbol}'");
    }

    private Token Take()
    {
        var taken = _token;
        _token = _lexer.Next();
        return taken;
    }

    private ExpressionException Unexpected(string wanted) => new($"{_token.Describe()} is here where {wanted} is wanted", _token.At);
}
