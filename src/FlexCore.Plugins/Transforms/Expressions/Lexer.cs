using System.Buffers;
using System.Text;

namespace FlexCore.Plugins.Transforms.Expressions;

/// <summary>What a token of an expression is.</summary>
internal enum TokenKind
{
    End,
    Name,
    QuotedName,
    Text,
    Number,
    Symbol,
}

/// <summary>A token of an expression.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text, quotes resolved.</param>
/// <param name="At">Where it begins, counted from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int At)
{
    /// <summary>For messages.</summary>
    public string Describe() => Kind switch
    {
        TokenKind.End => "the end",
        TokenKind.Text => "a text",
        TokenKind.QuotedName => $"\"{Text}\"",
        _ => $"'{Text}'",
    };
}

/// <summary>How an expression names fields.</summary>
internal enum FieldNaming
{
    /// <summary>By one name.</summary>
    Plain,

    /// <summary>By names with dots between them, each in double quotes if need be: <c>steps.load-eu.records."my stream"</c>. In the id of a step <c>-</c> is no minus.</summary>
    Path,
}

/// <summary>Takes the text of an expression apart.</summary>
internal sealed class Lexer(string text, FieldNaming naming)
{
    private const string Steps = "steps";

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    private static readonly SearchValues<char> IdCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    private static readonly string[] Symbols = ["<>", "<=", ">=", "!=", "||", "=", "<", ">", "+", "-", "*", "/", "(", ")", ","];

    private int _at;

    /// <summary>The next token; <see cref="TokenKind.End"/> again and again at the end.</summary>
    /// <exception cref="ExpressionException">There is something that is no token.</exception>
    public Token Next()
    {
        while (_at < text.Length && text[_at] is ' ' or '\t' or '\r' or '\n') _at++;
        var start = _at;
        if (_at == text.Length) return new Token(TokenKind.End, "", start + 1);
        return text[_at] switch
        {
            '\'' => new Token(TokenKind.Text, ReadQuoted('\'', "text"), start + 1),
            '"' => new Token(TokenKind.QuotedName, ReadQuoted('"', "name"), start + 1),
            >= '0' and <= '9' => new Token(TokenKind.Number, ReadNumber(), start + 1),
            var c when NameCharacters.Contains(c) => new Token(TokenKind.Name, naming == FieldNaming.Path ? ReadPath() : ReadName(NameCharacters), start + 1),
            _ => new Token(TokenKind.Symbol, ReadSymbol(), start + 1),
        };
    }

    private string ReadPath()
    {
        var path = ReadName(NameCharacters);
        while (_at < text.Length && text[_at] == '.')
        {
            _at++;
            path += $".{(_at < text.Length && text[_at] == '"' ? ReadQuoted('"', "name") : ReadName(path == Steps ? IdCharacters : NameCharacters))}";
        }

        return path;
    }

    private string ReadName(SearchValues<char> characters)
    {
        var length = text.AsSpan(_at).IndexOfAnyExcept(characters);
        var name = length < 0 ? text[_at..] : text.Substring(_at, length);
        _at += name.Length;
        return name;
    }

    private string ReadNumber()
    {
        var start = _at;
        SkipDigits();
        if (_at + 1 < text.Length && text[_at] == '.' && char.IsAsciiDigit(text[_at + 1]))
        {
            _at++;
            SkipDigits();
        }

        if (_at < text.Length && text[_at] is 'e' or 'E')
        {
            _at++;
            if (_at < text.Length && text[_at] is '+' or '-') _at++;
            SkipDigits();
        }

        var number = text[start.._at];
        if ((_at < text.Length && (text[_at] == '.' || NameCharacters.Contains(text[_at]))) || !JsonNumber.IsNumber(Encoding.UTF8.GetBytes(number)))
            throw new ExpressionException("a number is not well-formed", start + 1);
        return number;
    }

    private void SkipDigits()
    {
        while (_at < text.Length && char.IsAsciiDigit(text[_at])) _at++;
    }

    private string ReadQuoted(char quote, string what)
    {
        var start = _at++;
        var content = new StringBuilder();
        while (true)
        {
            var end = text.IndexOf(quote, _at);
            if (end < 0) throw new ExpressionException($"the {what} that begins here has no end", start + 1);
            content.Append(text, _at, end - _at);
            _at = end + 1;
            if (_at == text.Length || text[_at] != quote) return content.ToString();
            content.Append(quote);
            _at++;
        }
    }

    private string ReadSymbol()
    {
        var symbol = Array.Find(Symbols, known => text.AsSpan(_at).StartsWith(known, StringComparison.Ordinal))
            ?? throw new ExpressionException($"'{(Rune.TryGetRuneAt(text, _at, out var rune) ? rune : Rune.ReplacementChar)}' means nothing here", _at + 1);
        _at += symbol.Length;
        return symbol;
    }
}

/// <summary>An expression that does not parse; never leaves the parser.</summary>
internal sealed class ExpressionException(string problem, int at) : Exception(problem)
{
    /// <summary>Where, counted from 1.</summary>
    public int At { get; } = at;
}
