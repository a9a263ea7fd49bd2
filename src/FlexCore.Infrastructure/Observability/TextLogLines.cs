using System.Globalization;
using FlexCore.Domain;
using Serilog.Events;
using Serilog.Formatting;

namespace FlexCore.Infrastructure.Observability;

/// <summary>An entry of the log as a line of text: time, level, message, trace; what broke follows in lines of its own.</summary>
internal sealed class TextLogLines : ITextFormatter
{
    public void Format(LogEvent logEvent, TextWriter output)
    {
        output.Write(logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        output.Write($" {LogText.LevelOf(logEvent)} {LogText.MessageOf(logEvent)}");
        if (logEvent.TraceId is { } trace) output.Write($", trace {trace}");
        output.WriteLine();
        foreach (var line in logEvent.Exception?.ToString().Split('\n') ?? []) output.WriteLine($"  {Printable.Escape(line.TrimEnd('\r'))}");
    }
}
