using System.Globalization;
using System.Text;
using FlexCore.Domain;
using Serilog.Events;
using Serilog.Parsing;

namespace FlexCore.Infrastructure.Observability;

/// <summary>Entries of the log in words.</summary>
internal static class LogText
{
    /// <summary>How loud an entry is.</summary>
    public static string LevelOf(LogEvent entry) => entry.Level switch
    {
        LogEventLevel.Verbose or LogEventLevel.Debug => "debug",
        LogEventLevel.Information => "info",
        LogEventLevel.Warning => "warning",
        LogEventLevel.Error => "error",
        _ => "critical",
    };

    /// <summary>What an entry says, in one line that steers no terminal; what is not known is a dash.</summary>
    public static string MessageOf(LogEvent entry)
    {
        var text = new StringBuilder();
        foreach (var token in entry.MessageTemplate.Tokens)
        {
            if (token is PropertyToken property) text.Append(Value(entry, property));
            else text.Append(token);
        }

        return Printable.Escape(text.ToString());
    }

    private static string Value(LogEvent entry, PropertyToken property) => !entry.Properties.TryGetValue(property.PropertyName, out var value) ? "-" : value switch
    {
        ScalarValue { Value: null } => "-",
        ScalarValue { Value: IFormattable number } => number.ToString(property.Format, CultureInfo.InvariantCulture),
        ScalarValue scalar => scalar.Value.ToString() ?? "-",
        _ => value.ToString(),
    };
}
