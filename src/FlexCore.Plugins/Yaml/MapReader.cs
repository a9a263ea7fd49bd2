using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Secrets;

namespace FlexCore.Plugins.Yaml;

/// <summary>Takes a mapping apart key by key, and gathers every error on the way: wrong types, missing keys, and at the end the unknown ones.</summary>
internal sealed class MapReader(YamlMap map, List<Error> errors)
{
    private static readonly Dictionary<string, bool> Flags = new(StringComparer.Ordinal) { ["true"] = true, ["false"] = false };

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public SourceLocation At => map.At;

    /// <summary>Opens a value that must be a mapping.</summary>
    public static MapReader? Open(YamlValue value, string what, List<Error> errors)
    {
        if (value is YamlMap map) return new MapReader(map, errors);
        errors.Add(new Error(ErrorCodes.InvalidValue, $"{what} must be a mapping (key: value)", value.At));
        return null;
    }

    /// <summary>The value of a key; null when it is absent or null.</summary>
    public YamlValue? Find(string key)
    {
        _known.Add(key);
        var value = map.Entries.FirstOrDefault(entry => entry.Key == key)?.Value;
        return value is YamlScalar { IsNull: true } ? null : value;
    }

    /// <summary>The value of a key that must be there.</summary>
    public YamlValue? Require(string key)
    {
        var value = Find(key);
        if (value is null) errors.Add(new Error(ErrorCodes.MissingKey, $"'{key}' is missing", map.At));
        return value;
    }

    public string? RequireText(string key) => Require(key) is { } value ? Text(value, key) : null;

    public string? FindText(string key) => Find(key) is { } value ? Text(value, key) : null;

    /// <summary>A name that must be there and obey the rule for names.</summary>
    public string? RequireName(string key)
    {
        if (Require(key) is not { } value || Text(value, key) is not { } name) return null;
        if (Names.IsValid(name)) return name;
        errors.Add(new Error(ErrorCodes.InvalidName, $"'{Printable.Escape(name)}' is not a valid name", value.At));
        return null;
    }

    /// <summary>A list of texts; empty when absent.</summary>
    public IReadOnlyList<YamlScalar> FindTexts(string key)
    {
        var value = Find(key);
        if (value is null) return [];
        if (value is YamlList list && list.Items.All(item => item is YamlScalar { IsNull: false })) return [.. list.Items.Cast<YamlScalar>()];
        errors.Add(new Error(ErrorCodes.InvalidValue, $"'{key}' must be a list of texts", value.At));
        return [];
    }

    /// <summary>A list of names of secrets; empty when absent.</summary>
    public IReadOnlyList<YamlScalar> FindSecrets(string key)
    {
        var names = FindTexts(key);
        errors.AddRange(names
            .Where(name => !SecretRules.IsName(name.Text))
            .Select(name => new Error(ErrorCodes.InvalidName, $"'{Printable.Escape(name.Text)}' cannot be the name of a secret", name.At, $"Use {SecretRules.NameRule}.")));
        return names;
    }

    /// <summary>A mapping; null when absent.</summary>
    public MapReader? FindMap(string key) => Find(key) is { } value ? Open(value, $"'{key}'", errors) : null;

    /// <summary>One of several words.</summary>
    public T? FindWord<T>(string key, IReadOnlyDictionary<string, T> words, T? absent)
        where T : struct
    {
        if (Find(key) is not { } value) return absent;
        if (value is YamlScalar scalar && words.TryGetValue(scalar.Text, out var word)) return word;
        errors.Add(new Error(ErrorCodes.InvalidValue, $"'{key}' must be one of: {string.Join(", ", words.Keys)}", value.At));
        return null;
    }

    /// <summary>True or false; null when absent.</summary>
    public bool? FindFlag(string key) => FindWord(key, Flags, absent: null);

    /// <summary>A scalar that <paramref name="parse"/> understands.</summary>
    public T Find<T>(string key, T absent, Func<string, T?> parse, string expected)
        where T : struct => Find(key, parse, expected) ?? absent;

    /// <summary>A scalar that <paramref name="parse"/> understands; null when there is none.</summary>
    public T? Find<T>(string key, Func<string, T?> parse, string expected)
        where T : struct
    {
        if (Find(key) is not { } value) return null;
        if (value is YamlScalar scalar && parse(scalar.Text) is { } parsed) return parsed;
        errors.Add(new Error(ErrorCodes.InvalidValue, $"'{key}' must be {expected}", value.At));
        return null;
    }

    public IReadOnlyList<YamlEntry> Entries()
    {
        foreach (var entry in map.Entries) _known.Add(entry.Key);
        return map.Entries;
    }

    /// <summary>Refuses what nobody has asked for: keys of a later version by name, others as unknown.</summary>
    public void Finish(params ReadOnlySpan<string> laterKeys)
    {
        foreach (var entry in map.Entries)
        {
            if (_known.Contains(entry.Key)) continue;
            errors.Add(
                laterKeys.Contains(entry.Key)
                    ? new Error(ErrorCodes.NotInThisVersion, $"'{entry.Key}' is not in this version of FlexCore yet", entry.KeyAt)
                    : new Error(ErrorCodes.UnknownKey, $"'{Printable.Escape(entry.Key)}' is not a known key here; known: {string.Join(", ", _known.Order(StringComparer.Ordinal))}", entry.KeyAt));
        }
    }

    private string? Text(YamlValue value, string key)
    {
        if (value is YamlScalar scalar) return scalar.Text;
        errors.Add(new Error(ErrorCodes.InvalidValue, $"'{key}' must be a text", value.At));
        return null;
    }
}
