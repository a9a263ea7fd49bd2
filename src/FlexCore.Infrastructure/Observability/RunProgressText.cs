using System.Text.Json;
using FlexCore.Application.Ports;

namespace FlexCore.Infrastructure.Observability;

/// <summary>Progress as it goes from process to process: JSON that fits into a notification of PostgreSQL.</summary>
internal static class RunProgressText
{
    /// <summary>PostgreSQL takes less than 8,000 bytes, with the schema and the run before these.</summary>
    private const int MostBytes = 7_500;

    private const int LongestLine = 1_000;

    /// <summary>Writes it; what does not fit is left out, lines first, the oldest before the others.</summary>
    public static byte[] Write(RunProgress progress)
    {
        var fits = progress with { Lines = [.. progress.Lines.Select(line => line.Message.Length > LongestLine ? line with { Message = line.Message[..LongestLine] + "…" } : line)] };
        while (true)
        {
            var text = JsonSerializer.SerializeToUtf8Bytes(fits);
            if (text.Length <= MostBytes) return text;
            fits = fits switch
            {
                { Lines.Count: > 0 } => fits with { Lines = [.. fits.Lines.Skip(1)] },
                { Steps.Count: > 1 } => fits with { Steps = [.. fits.Steps.Skip(1)] },
                _ => fits with { Steps = [.. fits.Steps.Select(step => step with { Streams = new Dictionary<string, StreamProgress>(), Plugins = [] })] },
            };
        }
    }

    /// <returns>Null for what is no progress: another version may say other things.</returns>
    public static RunProgress? Read(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize<RunProgress>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
