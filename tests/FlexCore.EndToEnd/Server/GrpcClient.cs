using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace FlexCore.EndToEnd.Server;

/// <summary>npm's <c>@grpc/grpc-js</c> with the <c>.proto</c> files of the source, one call after the other.</summary>
internal sealed class GrpcClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private GrpcClient(Process process) => _process = process;

    /// <summary>Where the clients are.</summary>
    public static string Folder { get; } = Repository.PathOf("tests", "Shared", "grpc-clients");

    public static string Protos { get; } = Repository.PathOf("src", "FlexCore.Server", "Grpc", "Protos");

    public static async Task<GrpcClient> StartAsync(string address, string? authority = null)
    {
        await NpmPackages.InstallAsync(Folder);
        return new GrpcClient(Process.Start(new ProcessStartInfo("node", [Path.Combine(Folder, "client.mjs"), address, Protos, .. authority is null ? Array.Empty<string>() : [authority]])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!);
    }

    /// <summary>Calls a method; <c>Service/Method</c> is of flexcore.v1 where nothing else is said.</summary>
    public async Task<GrpcAnswer> CallAsync(string path, JsonObject? message = null, string? token = null, int? deadlineMs = null, int? cancelAfter = null, JsonArray? many = null, JsonObject? headers = null)
    {
        var (service, method) = path.Split('/') is [var first, var second] ? (first.Contains('.') ? first : $"flexcore.v1.{first}", second) : throw new ArgumentException("it must be SERVICE/METHOD", nameof(path));
        var request = new JsonObject { ["service"] = service, ["method"] = method, ["message"] = message, ["token"] = token, ["cancelAfter"] = cancelAfter, ["many"] = many, ["headers"] = headers };
        if (deadlineMs is { } deadline) request["deadlineMs"] = deadline;
        await _process.StandardInput.WriteLineAsync(request.ToJsonString());
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        return new GrpcAnswer(JsonElement.Parse(line.ShouldNotBeNull("the client has ended")));
    }

    /// <summary>Waits until the first message of a stream has come.</summary>
    public async Task HeardAsync() => (await _process.StandardError.ReadLineAsync().WaitAsync(Patience)).ShouldBe("heard");

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        _process.Dispose();
    }
}

/// <summary>What a call has come to.</summary>
internal sealed record GrpcAnswer(JsonElement Json)
{
    public string Code => Json.GetProperty("code").GetString()!;

    public JsonElement Message => ShouldBe("OK").Json.GetProperty("answer");

    /// <summary>Whether it was told before.</summary>
    public bool IsReplayed => Json.TryGetProperty("replayed", out var replayed) && replayed.GetString() == "true";

    public IReadOnlyList<JsonElement> Messages => [.. Json.GetProperty("answers").EnumerateArray()];

    public GrpcAnswer ShouldBe(string code)
    {
        Code.ShouldBe(code, Json.ToString());
        return this;
    }

    /// <summary>Refused, with the code of FlexCore and what to do.</summary>
    public GrpcAnswer ShouldFailWith(string code, string reason)
    {
        var info = ShouldBe(code).Json.GetProperty("details")[0];
        info.GetProperty("type").GetString().ShouldBe("type.googleapis.com/google.rpc.ErrorInfo");
        info.GetProperty("reason").GetString().ShouldBe(reason);
        info.GetProperty("domain").GetString().ShouldBe("flexcore");
        info.GetProperty("metadata").GetProperty("remedy").GetString().ShouldNotBeNullOrWhiteSpace();
        info.GetProperty("metadata").GetProperty("message").GetString().ShouldBe(Json.GetProperty("message").GetString());
        return this;
    }
}
