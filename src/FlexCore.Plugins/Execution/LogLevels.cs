using System.Text.Json;
using FlexCore.Application.Ports;

namespace FlexCore.Plugins.Execution;

/// <summary>Finds the level in a line that a plugin logged: a JSON field, or a word near the beginning.</summary>
internal static class LogLevels
{
    private const int WordsToLookAt = 5;

    private static readonly string[] JsonFields = ["level", "levelname", "severity"];

    private static readonly Dictionary<string, LogLineLevel> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["TRACE"] = LogLineLevel.Debug,
        ["DEBUG"] = LogLineLevel.Debug,
        ["INFO"] = LogLineLevel.Info,
        ["NOTICE"] = LogLineLevel.Info,
        ["WARN"] = LogLineLevel.Warning,
        ["WARNING"] = LogLineLevel.Warning,
        ["ERROR"] = LogLineLevel.Error,
        ["CRITICAL"] = LogLineLevel.Error,
        ["FATAL"] = LogLineLevel.Error,
    };

    /// <summary>The level; <see cref="LogLineLevel.Info"/> where the line does not tell.</summary>
    public static LogLineLevel Classify(string line)
    {
        if (line.StartsWith('{') && FromJson(line) is { } level) return level;
        var words = line.AsSpan();
        foreach (var range in words.SplitAny(' ', '\t', '|', ':', '[', ']', '=', ','))
        {
            if (range.Start.Value > 0 && CountWords(words[..range.Start.Value]) >= WordsToLookAt) break;
            var word = words[range];
            if (word.Length > 0 && IsUpper(word) && Words.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out var found)) return found;
        }

        return LogLineLevel.Info;
    }

    // "error" in the middle of a sentence is not a level; "ERROR" and "level=error" are.
    private static bool IsUpper(ReadOnlySpan<char> word)
    {
        foreach (var c in word)
        {
            if (!char.IsAsciiLetterUpper(c)) return false;
        }

        return true;
    }

    private static int CountWords(ReadOnlySpan<char> text) => text.Count(' ');

    private static LogLineLevel? FromJson(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 16 });
            foreach (var field in JsonFields)
            {
                if (document.RootElement.TryGetProperty(field, out var value)
                    && value.ValueKind == JsonValueKind.String
                    && Words.TryGetValue(value.GetString()!, out var level)) return level;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON after all, or half a surrogate pair in it: the line is taken as text.
        }

        return null;
    }
}
