using System.Globalization;

namespace FlexCore.Plugins.JsonSchema.Patterns;

/// <summary>
/// Writes a regular expression of ECMA-262, which JSON Schema asks for, as one that means the same to .NET: \d, \w and \s by
/// ECMA's tables, '$' at the very end only, and code points where .NET has UTF-16 units.
/// </summary>
internal sealed class EcmaPattern(string pattern)
{
    /// <summary>The longest pattern that is taken, in UTF-16 units.</summary>
    public const int MaxLength = 4_096;

    private readonly PatternWriter _output = new();
    private int _at;

    /// <summary>How many different classes of characters the translation has, single characters among them.</summary>
    public int Classes => _output.Classes;

    private bool IsAtEnd => _at >= pattern.Length;

    /// <exception cref="FormatException">What is wrong with it.</exception>
    public string Translate()
    {
        if (pattern.Length > MaxLength) throw new FormatException($"is a regular expression of more than {MaxLength} characters");
        while (!IsAtEnd)
        {
            var c = pattern[_at];
            switch (c)
            {
                case '\\':
                    _at++;
                    WriteEscape();
                    break;
                case '[':
                    _at++;
                    _output.Write(ReadClass());
                    break;
                case '.':
                    _at++;
                    _output.Write(CodePointSet.LineEnds.Complement());
                    break;
                case '$':
                    _at++;
                    _output.Write(@"\z");
                    break;
                case '(':
                    WriteGroupStart();
                    break;
                case '{':
                    WriteBrace();
                    break;
                case '^' or ')' or '|' or '*' or '+' or '?':
                    _at++;
                    _output.Write(c.ToString());
                    break;
                default:
                    _output.WriteLiteral(ReadCodePoint());
                    break;
            }
        }

        return _output.ToString();
    }

    private void WriteGroupStart()
    {
        ReadOnlySpan<string> starts = ["(?:", "(?=", "(?!", "(?<=", "(?<!", "(?i)"];
        var rest = pattern.AsSpan(_at);
        foreach (var start in starts)
        {
            if (!rest.StartsWith(start, StringComparison.Ordinal)) continue;
            _at += start.Length;
            _output.Write(start);
            return;
        }

        if (rest.StartsWith("(?<", StringComparison.Ordinal))
        {
            _at += 3;
            _output.Write($"(?<{ReadName('>')}>");
        }
        else if (rest.StartsWith("(?", StringComparison.Ordinal))
        {
            throw new FormatException("is a regular expression with a kind of group that JSON Schema does not have");
        }
        else
        {
            _at++;
            _output.Write("(");
        }
    }

    /// <summary>A brace that does not begin a count stands for itself.</summary>
    private void WriteBrace()
    {
        var end = pattern.IndexOf('}', _at);
        var parts = end < 0 ? [] : pattern[(_at + 1)..end].Split(',');
        var isCount = parts is [{ Length: > 0 }] or [{ Length: > 0 }, _] && parts.All(part => part.All(char.IsAsciiDigit));
        if (isCount)
        {
            _output.Write(pattern[_at..(end + 1)]);
            _at = end + 1;
        }
        else
        {
            _output.WriteLiteral(ReadCodePoint());
        }
    }

    private void WriteEscape()
    {
        if (IsAtEnd) throw new FormatException("is a regular expression that ends in '\\'");
        var c = pattern[_at];
        switch (c)
        {
            case 'b' or 'B' or 'A':
                _at++;
                _output.Write($"\\{c}");
                break;
            case 'z' or 'Z':
                _at++;
                _output.Write(@"\z");
                break;
            case >= '1' and <= '9':
                var start = _at;
                while (!IsAtEnd && char.IsAsciiDigit(pattern[_at])) _at++;
                _output.Write($@"(?:\{pattern[start.._at]})");
                break;
            case 'k' when _at + 1 < pattern.Length && pattern[_at + 1] == '<':
                _at += 2;
                _output.Write($@"\k<{ReadName('>')}>");
                break;
            default:
                if (ReadEscapedSet() is { } set) _output.Write(set);
                else _output.WriteLiteral(ReadEscapedCodePoint());
                break;
        }
    }

    /// <summary>What follows '['.</summary>
    private CodePointSet ReadClass()
    {
        var set = new CodePointSet();
        var isNegated = !IsAtEnd && pattern[_at] == '^';
        if (isNegated) _at++;
        while (true)
        {
            if (IsAtEnd) throw new FormatException("is a regular expression with a '[' that nothing closes");
            if (pattern[_at] == ']') break;
            if (ReadClassSet() is { } escaped)
            {
                set.Add(escaped);
                continue;
            }

            var first = ReadClassCodePoint();
            var last = first;
            if (_at + 1 < pattern.Length && pattern[_at] == '-' && pattern[_at + 1] != ']')
            {
                var dash = _at++;
                if (ReadClassSet() is { } after)
                {
                    // "[a-\d]" holds the dash.
                    set.Add(pattern[dash], pattern[dash]);
                    set.Add(after);
                }
                else
                {
                    last = ReadClassCodePoint();
                }
            }

            if (last < first) throw new FormatException("is a regular expression with a range that is out of order");
            set.Add(first, last);
        }

        _at++;
        return isNegated ? set.Complement() : set;
    }

    private CodePointSet? ReadClassSet()
    {
        if (pattern[_at] != '\\' || _at + 1 >= pattern.Length) return null;
        _at++;
        var set = ReadEscapedSet();
        if (set is null) _at--;
        return set;
    }

    private int ReadClassCodePoint()
    {
        if (pattern[_at] != '\\') return ReadCodePoint();
        _at++;
        if (IsAtEnd || pattern[_at] != 'b') return ReadEscapedCodePoint();
        _at++;
        return '\b';
    }

    /// <summary>What follows '\', if it names many code points.</summary>
    private CodePointSet? ReadEscapedSet()
    {
        var c = pattern[_at];
        var set = char.ToLowerInvariant(c) switch
        {
            'd' => CodePointSet.Digits,
            'w' => CodePointSet.WordCharacters,
            's' => CodePointSet.WhiteSpace,
            'p' when _at + 1 < pattern.Length && pattern[_at + 1] == '{' => ReadProperty(),
            _ => null,
        };
        if (set is null) return null;
        _at++;
        return char.IsAsciiLetterUpper(c) ? set.Complement() : set;
    }

    private CodePointSet ReadProperty()
    {
        var end = pattern.IndexOf('}', _at);
        var set = end < 0 ? null : UnicodeProperty.Find(pattern[(_at + 2)..end]);
        if (set is null) throw new FormatException("is a regular expression with a \\p{…} that is not known: general categories, Any and ASCII are");
        _at = end;
        return set;
    }

    /// <summary>What follows '\', as one code point.</summary>
    private int ReadEscapedCodePoint()
    {
        if (IsAtEnd) throw new FormatException("is a regular expression that ends in '\\'");
        var c = pattern[_at];
        if (!char.IsAsciiLetterOrDigit(c)) return ReadCodePoint();
        _at++;
        return c switch
        {
            't' => '\t',
            'n' => '\n',
            'v' => '\v',
            'f' => '\f',
            'r' => '\r',
            '0' => 0,
            'c' when !IsAtEnd && char.IsAsciiLetter(pattern[_at]) => pattern[_at++] & 0x1F,
            'x' => ReadHex(2),
            'u' => ReadUnicode(),
            _ => throw new FormatException($"is a regular expression with an unknown escape '\\{c}'"),
        };
    }

    private int ReadUnicode()
    {
        if (!IsAtEnd && pattern[_at] == '{')
        {
            _at++;
            var end = pattern.IndexOf('}', _at);
            var codePoint = end - _at is > 0 and <= 6 ? ReadHex(end - _at) : -1;
            if (codePoint is < 0 or > CodePointSet.Last) throw BadHex();
            _at++;
            return codePoint;
        }

        var unit = ReadHex(4);
        if (!char.IsHighSurrogate((char)unit) || !pattern.AsSpan(_at).StartsWith("\\u", StringComparison.Ordinal)) return unit;
        var before = _at;
        _at += 2;
        var low = _at < pattern.Length && pattern[_at] == '{' ? 0 : ReadHex(4);
        if (char.IsLowSurrogate((char)low)) return char.ConvertToUtf32((char)unit, (char)low);
        _at = before;
        return unit;
    }

    private int ReadHex(int length)
    {
        if (_at + length > pattern.Length) throw BadHex();
        if (!int.TryParse(pattern.AsSpan(_at, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)) throw BadHex();
        _at += length;
        return value;
    }

    private string ReadName(char close)
    {
        var end = pattern.IndexOf(close, _at);
        var name = end < 0 ? "" : pattern[_at..end];
        if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
            throw new FormatException("is a regular expression with a group name that is not letters, digits and '_'");
        _at = end + 1;
        return name;
    }

    private int ReadCodePoint()
    {
        var codePoint = _at + 1 < pattern.Length && char.IsSurrogatePair(pattern, _at) ? char.ConvertToUtf32(pattern, _at) : pattern[_at];
        _at += codePoint > char.MaxValue ? 2 : 1;
        return codePoint;
    }

    private static FormatException BadHex() => new("is a regular expression with a \\x or \\u that no code point follows");
}
