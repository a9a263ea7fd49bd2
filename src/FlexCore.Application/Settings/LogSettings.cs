using System.Text.Json;
using FlexCore.Domain.Errors;

namespace FlexCore.Application.Settings;

/// <summary>How a server writes its log.</summary>
public enum LogFormat
{
    /// <summary>A line of text for each entry.</summary>
    Text,

    /// <summary>A JSON object for each, in a line.</summary>
    Json,
}

/// <summary>What is loud enough for the log.</summary>
public enum LogSeverity
{
    /// <summary>Also what only helps to find mistakes.</summary>
    Debug,

    /// <summary>All that happens.</summary>
    Information,

    /// <summary>What one should know.</summary>
    Warning,

    /// <summary>What is to be repaired.</summary>
    Error,
}

/// <summary>The log of a server.</summary>
/// <param name="Format">How it is written.</param>
/// <param name="Level">From where on.</param>
public sealed record LogSettings(LogFormat Format, LogSeverity Level)
{
    /// <summary>The section of these settings.</summary>
    public const string Section = "log";

    private const string FormatKey = Section + ".format";
    private const string LevelKey = Section + ".level";

    /// <summary>What holds where nothing was set.</summary>
    public static LogSettings Usual { get; } = new(LogFormat.Text, LogSeverity.Information);

    /// <summary>Takes these settings out of all settings.</summary>
    /// <param name="settings">Settings that were not refused; later ones win.</param>
    public static LogSettings Read(IReadOnlyList<Setting> settings) => new(
        settings.Find(FormatKey) is { } format ? Named<LogFormat>(format)!.Value : Usual.Format,
        settings.Find(LevelKey) is { } level ? Named<LogSeverity>(level)!.Value : Usual.Level);

    /// <summary>Says what is wrong with one of these settings; null when nothing is.</summary>
    public static Error? Refuse(Setting setting) => setting.Key switch
    {
        FormatKey => Named<LogFormat>(setting) is not null ? null : new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be one of: text, json", setting.At),
        LevelKey => Named<LogSeverity>(setting) is not null ? null : new Error(ErrorCodes.InvalidValue, $"'{setting.Name}' must be one of: debug, information, warning, error", setting.At),
        _ => new Error(ErrorCodes.UnknownKey, $"'{setting.Name}' is not a known setting; known: {FormatKey}, {LevelKey}", setting.At),
    };

    private static T? Named<T>(Setting setting)
        where T : struct, Enum =>
        Enum.GetValues<T>().Where(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()) == setting.Value).Cast<T?>().FirstOrDefault();
}
