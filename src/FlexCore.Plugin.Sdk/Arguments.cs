using System.Text.Json;
using System.Text.Json.Nodes;

namespace FlexCore.Sdk;

/// <summary>The command line that Singer gives taps and targets (Singer specification 0.3.0).</summary>
internal sealed record Arguments(string? Config, string? State, string? Catalog, bool Discover, bool About)
{
    private const long MaxBytes = 64 * 1024 * 1024;

    /// <exception cref="PluginException">It is not one.</exception>
    public static Arguments Parse(ReadOnlySpan<string> args)
    {
        var parsed = new Arguments(null, null, null, false, false);
        for (var i = 0; i < args.Length; i++)
        {
            parsed = args[i] switch
            {
                "--config" or "-c" => parsed with { Config = Value(args, ref i) },
                "--state" or "-s" => parsed with { State = Value(args, ref i) },
                "--catalog" or "--properties" or "-p" => parsed with { Catalog = Value(args, ref i) },
                "--discover" or "-d" => parsed with { Discover = true },
                "--about" => parsed with { About = true },
                _ => throw new PluginException($"'{args[i]}' is no option of this plugin: --config FILE, --state FILE, --catalog FILE, --discover, --about"),
            };
        }

        return parsed;
    }

    /// <summary>Reads a JSON object that a runtime has written.</summary>
    public static JsonObject? ReadObject(string option, string? path)
    {
        if (path is null) return null;
        try
        {
            if (new FileInfo(path).Length > MaxBytes) throw new PluginException($"{option} {path}: it is larger than {MaxBytes / 1024 / 1024} MiB");
            return JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new PluginException($"{option} {path}: it must be a JSON object");
        }
        catch (JsonException e)
        {
            throw new PluginException($"{option} {path}: it is not valid JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PluginException($"{option} {path}: it cannot be read: {e.Message}", e);
        }
    }

    private static string Value(ReadOnlySpan<string> args, ref int i) => ++i < args.Length ? args[i] : throw new PluginException($"{args[i - 1]} needs a file");
}
