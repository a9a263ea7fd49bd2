namespace FlexCore.Application.Settings;

/// <summary>What the schema of <c>flexcore.yaml</c> says of one key of its root.</summary>
/// <param name="Name">The key.</param>
/// <param name="Meaning">What the settings below it are for.</param>
/// <param name="Settings">These.</param>
public sealed record SettingSection(string Name, string Meaning, IReadOnlyList<SettingDescription> Settings);

/// <summary>What the schema of <c>flexcore.yaml</c> says of one setting.</summary>
/// <param name="Key">Its name with dots; a part in capitals stands for any name, as in <c>channels.NAME.kind</c>.</param>
/// <param name="Type">What it may be, for people.</param>
/// <param name="Usual">The value that holds where nothing was set; null where there is no such one.</param>
/// <param name="Meaning">What it does.</param>
/// <param name="Guide">The page that says more, from the folder of the guides; null for none.</param>
public sealed record SettingDescription(string Key, string Type, string? Usual, string Meaning, string? Guide)
{
    /// <summary>What holds where nothing was set and no value says it, for people; null for nothing.</summary>
    public string? UsualMeans { get; init; }

    /// <summary>Whether running nodes take over what is new; else it holds from their next start on.</summary>
    public bool IsReloaded { get; init; }

    /// <summary>Whether a password may be in it, so that it is never shown.</summary>
    public bool IsSecret { get; init; }

    /// <summary>A shorter key for the same; null for none.</summary>
    public string? ShortKey { get; init; }

    /// <summary>Whether it stands for any number of settings, whose names are the user's.</summary>
    public bool IsOfMany => Key.Split('.').Any(IsAnyName);

    /// <summary>Whether it is of this setting.</summary>
    /// <param name="key">The whole key.</param>
    public bool IsOf(string key)
    {
        if (key == ShortKey) return true;
        var (own, parts) = (Key.Split('.'), key.Split('.'));
        return own.Length == parts.Length && own.Zip(parts).All(pair => pair.First == pair.Second || IsAnyName(pair.First));
    }

    private static bool IsAnyName(string part) => part == SettingCatalog.AnyName;
}
