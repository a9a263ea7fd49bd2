using System.Text;
using System.Text.Unicode;
using FlexCore.Domain.Errors;
using FlexCore.Sandbox;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace FlexCore.Plugins.Yaml;

/// <summary>Reads one YAML document from a file that may be hostile: size, depth and alias expansion are bounded.</summary>
internal static class YamlFile
{
    private const int MaxBytes = 1024 * 1024;
    private const int MaxDepth = 64;
    private const int MaxNodes = 100_000;

    /// <summary>Reads the file's root mapping.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="displayPath">How errors name it.</param>
    /// <param name="mayBeEmpty">Whether a file with nothing in it is an empty mapping.</param>
    public static Result<YamlMap> Read(string path, string displayPath, bool mayBeEmpty = false)
    {
        var text = ReadText(path, displayPath);
        return text.IsSuccess ? Parse(text.Value, displayPath, mayBeEmpty) : text.Errors.ToArray();
    }

    /// <summary>Reads the text of a file.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="displayPath">How errors name it.</param>
    public static Result<string> ReadText(string path, string displayPath)
    {
        byte[] bytes;
        try
        {
            using var file = HostPath.OpenRead(path);
            if (file.Length > MaxBytes) return new Error(ErrorCodes.FileTooLarge, $"{displayPath} is larger than {MaxBytes / 1024} KiB");
            bytes = new byte[file.Length];
            file.ReadExactly(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            return new Error(ErrorCodes.FileUnreadable, $"{displayPath} cannot be read: {Reason(e)}");
        }

        if (!Utf8.IsValid(bytes)) return new Error(ErrorCodes.YamlInvalid, $"{displayPath} is not UTF-8");
        return Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF');
    }

    /// <summary>Parses the text of a file.</summary>
    public static Result<YamlMap> Parse(string text, string displayPath, bool mayBeEmpty = false)
    {
        var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
        try
        {
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _)) return mayBeEmpty ? new YamlMap([], new SourceLocation(displayPath, 1, 1)) : new Error(ErrorCodes.YamlInvalid, $"{displayPath} is empty");
            var root = new Composer(parser, displayPath).Compose();
            parser.Consume<DocumentEnd>();
            if (parser.Accept<DocumentStart>(out var second))
                return new Error(ErrorCodes.YamlInvalid, "there is a second document in the file", At(second.Start, displayPath));
            return root is YamlMap map ? map : new Error(ErrorCodes.YamlInvalid, "the file must hold a mapping (key: value)", root.At);
        }
        catch (RefusedYamlException refused)
        {
            return refused.Error;
        }
        catch (YamlException e)
        {
            return new Error(ErrorCodes.YamlInvalid, Reason(e), At(e.Start, displayPath));
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet's scanner, for some keys that it has given up: the place is where it had got to.
            return new Error(ErrorCodes.YamlInvalid, "the YAML goes wrong after this place", parser.Current is { } last ? At(last.End, displayPath) : null);
        }
    }

    private static SourceLocation At(Mark mark, string file) => new(file, mark.Line, mark.Column);

    private static string Reason(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "it does not exist",
        UnauthorizedAccessException => "it is a folder, or permission is denied",
        NotSupportedException => "it is not a regular file",
        _ => (e.InnerException ?? e).Message.ReplaceLineEndings(" "),
    };

    private sealed class Composer(Parser parser, string file)
    {
        private readonly Dictionary<AnchorName, YamlValue> _anchors = [];
        private int _depth;
        private int _nodes;

        public YamlValue Compose()
        {
            var @event = parser.Current ?? throw new RefusedYamlException(new Error(ErrorCodes.YamlInvalid, $"{file} ends too early"));
            var at = At(@event.Start, file);
            if (++_depth > MaxDepth) throw Refused(ErrorCodes.YamlTooComplex, $"nested more than {MaxDepth} levels deep", at);

            if (parser.TryConsume<AnchorAlias>(out var alias))
            {
                if (!_anchors.TryGetValue(alias.Value, out var target)) throw Refused(ErrorCodes.YamlInvalid, $"*{alias.Value} names no anchor", at);
                Count(target.Size, at);
                _depth--;
                return target;
            }

            if (@event is not NodeEvent node) throw Refused(ErrorCodes.YamlInvalid, "a value is missing", at);
            if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific) throw Refused(ErrorCodes.YamlInvalid, $"tags are not supported: {node.Tag}", at);
            Count(1, at);
            YamlValue value = node switch
            {
                Scalar => ComposeScalar(at),
                SequenceStart => ComposeList(at),
                _ => ComposeMap(at),
            };
            if (!node.Anchor.IsEmpty) _anchors[node.Anchor] = value;
            _depth--;
            return value;
        }

        private YamlScalar ComposeScalar(SourceLocation at)
        {
            var scalar = parser.Consume<Scalar>();
            if (scalar.Value.Contains('\0')) throw Refused(ErrorCodes.YamlInvalid, "NUL characters are not supported", at);
            return new YamlScalar(scalar.Value, scalar.Style is ScalarStyle.Plain, at);
        }

        private YamlList ComposeList(SourceLocation at)
        {
            parser.Consume<SequenceStart>();
            var items = new List<YamlValue>();
            while (!parser.TryConsume<SequenceEnd>(out _)) items.Add(Compose());
            return new YamlList(items, at);
        }

        private YamlMap ComposeMap(SourceLocation at)
        {
            parser.Consume<MappingStart>();
            var entries = new List<YamlEntry>();
            var keys = new HashSet<string>(StringComparer.Ordinal);
            while (!parser.TryConsume<MappingEnd>(out _))
            {
                var key = Compose();
                if (key is not YamlScalar { Text: var text }) throw Refused(ErrorCodes.YamlInvalid, "keys must be plain text", key.At);
                if (!keys.Add(text)) throw Refused(ErrorCodes.DuplicateKey, $"the key '{text}' is there twice", key.At);
                entries.Add(new YamlEntry(text, key.At, Compose()));
            }

            return new YamlMap(entries, at);
        }

        private void Count(int nodes, SourceLocation at)
        {
            _nodes += nodes;
            if (_nodes > MaxNodes) throw Refused(ErrorCodes.YamlTooComplex, $"more than {MaxNodes} values, aliases expanded", at);
        }

        private static RefusedYamlException Refused(ErrorCode code, string message, SourceLocation at) => new(new Error(code, message, at));
    }

    private sealed class RefusedYamlException(Error error) : Exception(error.Message)
    {
        public Error Error { get; } = error;
    }
}
