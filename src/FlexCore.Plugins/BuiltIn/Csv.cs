using System.Runtime.CompilerServices;
using System.Text;
using FlexCore.Application.Ports;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>Tables as RFC 4180 has them. A field with nothing in it is null, and <c>""</c> an empty text, as in PostgreSQL.</summary>
internal static class Csv
{
    private const int BufferChars = 1 << 14;

    /// <summary>A line of a table.</summary>
    public static string Line(IEnumerable<SqlValue> fields) => string.Join(',', fields.Select(Field)) + "\n";

    /// <summary>The lines of a table, the first one among them.</summary>
    /// <exception cref="Domain.Errors.FlexCoreException">It is none.</exception>
    public static async IAsyncEnumerable<IReadOnlyList<SqlValue>> ReadAsync(Stream file, string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true, BufferChars, leaveOpen: true);
        var lines = new Lines(path);
        var buffer = new char[BufferChars];
        while (await FillAsync(reader, buffer, path, cancellationToken) is var count and > 0)
        {
            for (var at = 0; at < count; at++)
            {
                if (lines.Take(buffer[at]) is { } line) yield return line;
            }
        }

        if (lines.End() is { } last) yield return last;
    }

    private static async ValueTask<int> FillAsync(StreamReader reader, char[] buffer, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadBlockAsync(buffer, cancellationToken);
        }
        catch (DecoderFallbackException)
        {
            throw StepFiles.Unusable(path, "is not UTF-8");
        }
    }

    private static string Field(SqlValue value) => value.Text switch
    {
        null => "",
        { Length: > 0 } text when text.AsSpan().IndexOfAny(",\"\r\n") < 0 && text[0] is not ' ' && text[^1] is not ' ' => text,
        var text => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"",
    };

    /// <summary>Makes lines of characters.</summary>
    private sealed class Lines(string path)
    {
        private readonly StringBuilder _field = new();
        private List<SqlValue> _line = [];
        private State _state;
        private int _length;
        private int _number = 1;

        private enum State
        {
            Beginning,
            Bare,
            Quoted,
            QuoteInQuoted,
        }

        public List<SqlValue>? Take(char c)
        {
            if (++_length > StepData.MostLineBytes) throw StepFiles.Unusable(path, $"has a row of more than {StepData.MostLineBytes >> 20} MiB, number {_number}");
            switch (_state, c)
            {
                case (State.Beginning, '"'):
                    _state = State.Quoted;
                    return null;
                case (State.Quoted, '"'):
                    _state = State.QuoteInQuoted;
                    return null;
                case (State.QuoteInQuoted, '"'):
                    _state = State.Quoted;
                    _field.Append('"');
                    return null;
                case (not State.Quoted, ','):
                    EndField();
                    return null;
                case (not State.Quoted, '\n'):
                    return EndLine();
                case (State.QuoteInQuoted, not '\r'):
                    throw StepFiles.Unusable(path, $"has something behind a closing quote in row {_number}");
                case (State.QuoteInQuoted, _):
                    return null;
            }

            if (_state == State.Beginning) _state = State.Bare;
            _field.Append(c);
            return null;
        }

        public List<SqlValue>? End()
        {
            if (_state == State.Quoted) throw StepFiles.Unusable(path, $"ends within quotes, in row {_number}");
            return _length > 0 ? EndLine() : null;
        }

        private void EndField()
        {
            // Of a bare field at the end of a line that ends with CR LF.
            if (_state == State.Bare && _field is [.., '\r']) _field.Length--;
            _line.Add(_field.Length > 0 || _state == State.QuoteInQuoted ? SqlValues.Text(_field.ToString()) : SqlValue.Null);
            _field.Clear();
            _state = State.Beginning;
        }

        private List<SqlValue>? EndLine()
        {
            EndField();
            var line = _line;
            (_line, _length) = ([], 0);
            _number++;

            // An empty line is no row.
            return line is [{ Kind: SqlValueKind.Null }] ? null : line;
        }
    }
}
