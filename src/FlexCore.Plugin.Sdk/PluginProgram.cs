using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FlexCore.Sdk;

/// <summary>What taps and targets have in common as programs: how they end.</summary>
internal static class PluginProgram
{
    private const int Failed = 1;
    private const int Terminated = 143;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Works until it has ended, failed, or is asked to end by SIGTERM or SIGINT.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Func<CancellationToken, Task> work)
    {
        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        try
        {
            await work(stop.Token).ConfigureAwait(false);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Terminated;
        }
        catch (PluginException e)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}").ConfigureAwait(false);
            return Failed;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>What <c>--about</c> prints.</summary>
    public static string Describe(PluginDeclaration declaration, string kind) => new JsonObject
    {
        ["name"] = declaration.Name,
        ["version"] = declaration.Version,
        ["kind"] = kind,
        ["description"] = declaration.Summary,
        ["capabilities"] = new JsonObject { ["read"] = List(declaration.Read), ["write"] = List(declaration.Write), ["net"] = List(declaration.Net) },
        ["settings"] = declaration.GetSettingsSchema(),
    }.ToJsonString(Indented);

    private static JsonArray List(IReadOnlyList<string> texts) => [.. texts.Select(text => (JsonNode)text)];
}
