using System.Diagnostics;
using System.Text;
using FlexCore.Application.Settings;
using FlexCore.Domain.DeadLetters;

namespace FlexCore.Infrastructure.Tests.DeadLetters;

/// <summary>Another process that writes dead letters, one call after the other, until it has written so many.</summary>
internal static class LetterWriter
{
    public const string Command = "write-letters";

    public static Process Start(string folder, Guid run, int calls) => Process.Start(new ProcessStartInfo(
        "dotnet", ["exec", typeof(LetterWriter).Assembly.Location, Command, folder, run.ToString(), calls.ToString()])
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
    })!;

    /// <summary>Says how many calls have come back after each of them.</summary>
    public static async Task WriteAsync(string folder, Guid run, int calls)
    {
        await using var module = await InfrastructureModule.OpenAsync(folder, ProjectSettings.Usual, TimeProvider.System, CancellationToken.None);
        for (var call = 1; call <= calls; call++)
        {
            await module.DeadLetters.AddAsync([Letter(run), Letter(run)], CancellationToken.None);
            Console.WriteLine(call);
        }
    }

    public static DeadLetter Letter(Guid run, string raw = "{\"id\":1}") => new()
    {
        Id = Guid.CreateVersion7(),
        At = DateTimeOffset.FromUnixTimeMilliseconds(1_795_000_000_123),
        Pipeline = "p",
        Step = "load",
        RunId = run,
        Attempt = 2,
        Plugin = "tap",
        Stage = 3,
        Stream = "orders",
        Reason = DeadLetterReason.Invalid,
        Message = "line 3: record/id must be >= 1",
        Raw = Encoding.UTF8.GetBytes(raw),
        KeptLength = raw.Length,
        Length = raw.Length,
        IsMasked = false,
    };
}
