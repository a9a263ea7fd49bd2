using System.Globalization;
using System.Net;
using System.Text.Json;
using FlexCore.Domain.Errors;
using FlexCore.Infrastructure.Clients;
using FlexCore.Infrastructure.Http;
using FlexCore.Infrastructure.SecretSources;
using Microsoft.Extensions.Logging;

namespace FlexCore.Infrastructure.Vault;

/// <summary>Secrets of HashiCorp Vault's engine KV, version 2 (https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2): each is a document, one field of which is the value.</summary>
public sealed class VaultClient : SystemClient, ISecretSource
{
    private const int MaxAnswerBytes = 4 * 1024 * 1024;

    private static readonly SystemTelemetry Telemetry = new("vault", SystemKind.Http, SecretSourceMetrics.Duration, SecretSourceMetrics.Label);

    private static readonly Operation Read = new("read", MayRepeat: true);
    private static readonly Operation List = new("list", MayRepeat: true);

    private readonly VaultOptions _options;
    private readonly HttpExchange _exchange;
    private readonly SemaphoreSlim _signingIn = new(1);
    private string? _token;

    internal VaultClient(string name, VaultOptions options, ILoggerFactory loggers, TimeProvider time)
        : base(name, options, Telemetry, loggers, time) =>
        (_options, _exchange) = (options, new HttpExchange(name, new HttpOptions { Addresses = [options.Address], MaxAnswerBytes = MaxAnswerBytes }, time));

    /// <inheritdoc/>
    public ValueTask<SourcedSecret?> FindAsync(string name, string? version, CancellationToken cancellationToken) => RunAsync(
        Read,
        resource: null,
        (Client: this, Path: $"v1/{_options.Mount}/data/{PathOf(name)}" + (version is null ? "" : $"?version={Uri.EscapeDataString(version)}")),
        static async (asked, token) => asked.Client.Secret(await asked.Client.AskAsync(HttpMethod.Get, asked.Path, token)),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<(string Name, DateTimeOffset? SetAt)>> ListAsync(CancellationToken cancellationToken) => RunAsync<VaultClient, IReadOnlyList<(string, DateTimeOffset?)>>(
        List,
        resource: null,
        this,
        static async (client, token) =>
        {
            var answer = await client.AskAsync(HttpMethod.Get, $"v1/{client._options.Mount}/metadata/{client._options.Folder}?list=true", token);
            return answer.Status == HttpStatusCode.NotFound ? [] : [.. Names(answer)];
        },
        cancellationToken);

    private protected override async ValueTask<string?> PingAsync(CancellationToken cancellationToken)
    {
        var answer = await _exchange.SendAsync(new HttpCall(HttpMethod.Get, "v1/sys/health?standbyok=true&perfstandbyok=true"), cancellationToken);
        return $"answers {(int)answer.EnsureSuccess().Status}, unsealed";
    }

    private protected override IEnumerable<Func<CancellationToken, ValueTask>> ClosingSteps() => [Disposing(_exchange), Disposing(_signingIn)];

    private protected override CallFailure? Understand(Exception failure) => failure switch
    {
        TokenUnreadableException unreadable => new CallFailure(FailureKind.AccessRefused, unreadable.Message),
        FlexCoreException refused when refused.Error.Code == ErrorCodes.SystemAccessRefused => new CallFailure(FailureKind.AccessRefused, "the server does not let this program do that"),
        JsonException or InvalidOperationException or KeyNotFoundException or FormatException => new CallFailure(FailureKind.RequestRefused, "the answer is not one of KV version 2"),
        _ => HttpExchange.Understand(failure),
    };

    private protected override TimeSpan? PauseAfter(Exception failure) => HttpExchange.PauseAfter(failure);

    private static IEnumerable<(string Name, DateTimeOffset? SetAt)> Names(HttpAnswer answer)
    {
        using var document = JsonDocument.Parse(answer.Body);
        foreach (var key in document.RootElement.GetProperty("data").GetProperty("keys").EnumerateArray())
        {
            // Those with a slash at their end are folders.
            if (key.GetString() is { } name && !name.EndsWith('/')) yield return (name, null);
        }
    }

    private string PathOf(string name) => _options.Folder.Length == 0 ? Uri.EscapeDataString(name) : $"{_options.Folder}/{Uri.EscapeDataString(name)}";

    /// <summary>The secret in an answer; null where there is none, or this version of it was deleted or destroyed.</summary>
    private SourcedSecret? Secret(HttpAnswer answer)
    {
        if (answer.Status == HttpStatusCode.NotFound) return null;
        using var document = JsonDocument.Parse(answer.Body);
        var data = document.RootElement.GetProperty("data");
        if (data.GetProperty("data") is not { ValueKind: JsonValueKind.Object } fields || !fields.TryGetProperty(_options.Field, out var value)) return null;
        var metadata = data.GetProperty("metadata");
        return new SourcedSecret(
            value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText(),
            metadata.GetProperty("version").GetInt64().ToString(CultureInfo.InvariantCulture),
            metadata.TryGetProperty("created_time", out var time) && time.TryGetDateTimeOffset(out var setAt) ? setAt : null);
    }

    /// <summary>Asks with the token, and again with a fresh one where that is not taken any more.</summary>
    private async ValueTask<HttpAnswer> AskAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        var used = _token ?? await SignInAsync(refused: null, cancellationToken);
        var answer = await SendAsync(method, path, used, default, cancellationToken);
        if (answer.Status == HttpStatusCode.Forbidden && _options.Token.Length == 0)
            answer = await SendAsync(method, path, await SignInAsync(used, cancellationToken), default, cancellationToken);
        return answer.Status == HttpStatusCode.NotFound ? answer : answer.EnsureSuccess();
    }

    // Once for all who wait: whoever comes later finds another token than the one that was refused.
    private async ValueTask<string> SignInAsync(string? refused, CancellationToken cancellationToken)
    {
        await _signingIn.WaitAsync(cancellationToken);
        try
        {
            if (_token is { } there && there != refused) return there;
            return _token = _options switch
            {
                { Token.Length: > 0 } => _options.Token,
                { TokenFile.Length: > 0 } => await ReadTokenAsync(_options.TokenFile, cancellationToken),
                _ => await AskForTokenAsync(cancellationToken),
            };
        }
        finally
        {
            _signingIn.Release();
        }
    }

    private static async ValueTask<string> ReadTokenAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            return (await File.ReadAllTextAsync(file, cancellationToken)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TokenUnreadableException(file);
        }
    }

    private async ValueTask<string> AskForTokenAsync(CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("role_id", _options.RoleId);
            json.WriteString("secret_id", _options.SecretId);
            json.WriteEndObject();
        }

        var answer = await SendAsync(HttpMethod.Post, "v1/auth/approle/login", token: null, body.ToArray(), cancellationToken);

        // 400 is what the server says to a role or a secret that it does not know.
        if (answer.Status == HttpStatusCode.BadRequest) throw new TokenRefusedException((int)answer.Status);
        using var document = JsonDocument.Parse(answer.EnsureSuccess().Body);
        return document.RootElement.GetProperty("auth").GetProperty("client_token").GetString()!;
    }

    private ValueTask<HttpAnswer> SendAsync(HttpMethod method, string path, string? token, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var headers = new List<KeyValuePair<string, string>> { new("X-Vault-Request", "true") };
        if (token is not null) headers.Add(new("X-Vault-Token", token));
        if (_options.Namespace.Length > 0) headers.Add(new("X-Vault-Namespace", _options.Namespace));
        return _exchange.SendAsync(new HttpCall(method, path) { Headers = headers, Body = body, ContentType = body.IsEmpty ? null : "application/json" }, cancellationToken);
    }

    private sealed class TokenUnreadableException(string file) : Exception($"the file with the token, {file}, cannot be read");
}
