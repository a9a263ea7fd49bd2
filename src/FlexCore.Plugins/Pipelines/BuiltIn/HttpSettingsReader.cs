using System.Text.Json.Nodes;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Domain.Pipelines;
using FlexCore.Domain.Plugins;
using FlexCore.Plugins.Yaml;
using FlexCore.Sandbox;

namespace FlexCore.Plugins.Pipelines.BuiltIn;

/// <summary>Reads what a <c>http</c> step does.</summary>
internal sealed class HttpSettingsReader(WrittenSettings settings, ProjectFiles files, List<Error> errors)
{
    private const int MostAttempts = 100;
    private const int MostPerSecond = 10_000;

    // What a service answers that is not well is never expected: it is tried again.
    private const string ExpectRule = "a list of statuses from 200 to 499, but 408, 425 and 429, on which the request is tried again";

    private static readonly string[] Methods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

    /// <summary>The server that it asks, <c>host:port</c>; null where the address is wrong.</summary>
    public string? System { get; private set; }

    public JsonObject Read(MapReader map)
    {
        var shapes = new ShapeReader(settings, errors);
        var (origin, path) = ReadUrl(map);
        var method = map.FindText("method") ?? "GET";
        if (!Methods.Contains(method, StringComparer.Ordinal)) errors.Add(new Error(ErrorCodes.InvalidValue, $"'method' must be one of: {string.Join(", ", Methods)}", map.Find("method")!.At));
        var body = map.Find("body");
        if (body is not null && method is ("GET" or "HEAD" or "OPTIONS")) errors.Add(new Error(ErrorCodes.InvalidValue, $"a {method} has no body", body.At));
        var read = new JsonObject
        {
            ["method"] = method,
            ["origin"] = origin,
            ["path"] = path,
            ["query"] = ReadFields(map, "query", areHeaders: false),
            ["headers"] = ReadFields(map, "headers", areHeaders: true),
            ["body"] = body is null ? null : new JsonObject { ["value"] = settings.Json(body) },
            ["auth"] = map.FindMap("auth") is { } auth ? ReadAuth(auth) : null,
            ["idempotency_key"] = map.Find("idempotency_key") is YamlScalar key ? settings.Json(key) : null,
            ["expect"] = ReadExpected(map),
            ["retry"] = ReadRetry(map.FindMap("retry")),
            ["per_second"] = map.Find<int>("rate", text => text.EndsWith("/s", StringComparison.Ordinal) && Units.Count(text[..^2]) is { } count and <= MostPerSecond ? count : null, "how many requests may begin in a second, such as 5/s"),
            ["timeout_ms"] = (long?)map.Find("timeout", Units.Duration, Units.DurationRule)?.TotalMilliseconds,
            ["most_bytes"] = map.Find<long>("max_answer", text => Units.Size(text) is { } size and <= int.MaxValue ? size : null, $"{Units.SizeRule}, less than 2GiB"),
            ["pages"] = map.FindMap("pages") is { } pages ? new HttpPagesReader(shapes, errors).Read(pages) : null,
            ["redirects"] = ReadRedirects(map),
            ["save"] = files.FindWritten(settings, map, "save"),
            ["output"] = ReadOutput(map, shapes),
        };
        map.Finish();
        return read;
    }

    /// <summary>The server is written out: what a step has left, or a secret says, cannot send a request elsewhere.</summary>
    private (string? Origin, JsonArray Path) ReadUrl(MapReader map)
    {
        if (map.Require("url") is not { } value) return (null, []);
        var parts = value is YamlScalar text ? settings.Parts(text) : [];
        var known = string.Concat(parts.TakeWhile(IsKnown).Select(part => part.Text));
        var end = known.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme ? known.IndexOfAny(['/', '?'], scheme + 3) : -1;
        var origin = end < 0 ? known : known[..end];
        if ((end < 0 && settings.IsLate(value)) || !Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.UserInfo.Length > 0 || known.Contains('#', StringComparison.Ordinal))
        {
            errors.Add(new Error(
                ErrorCodes.InvalidValue, "'url' must be an address such as https://api.example.com/orders; its scheme, host and port must be known before the run, and it has no fragment and no password in it", value.At, "A password has its place in `auth`."));
            return (null, []);
        }

        System = $"{uri.IdnHost}:{uri.Port}";
        var path = end < 0 ? "/" : known[end..];
        return (uri.GetLeftPart(UriPartial.Authority), [Piece(new LatePart(path.StartsWith('/') ? path : "/" + path, LatePartKind.Text)), .. parts.SkipWhile(IsKnown).Select(Piece)]);
    }

    private static bool IsKnown(LatePart part) => part.Kind == LatePartKind.Text;

    // What is known is part of the address as it stands; what is not becomes one part of it, whatever characters it has.
    private static JsonObject Piece(LatePart part) => IsKnown(part) ? new() { ["known"] = part.Text } : new() { ["value"] = new LateTemplate([part]).ToNode() };

    private JsonArray ReadFields(MapReader map, string key, bool areHeaders)
    {
        var fields = new JsonArray();
        foreach (var (name, at, value) in map.FindMap(key)?.Entries() ?? [])
        {
            if (value is YamlMap || (areHeaders && value is not YamlScalar { IsNull: false })) errors.Add(new Error(ErrorCodes.InvalidValue, $"'{Printable.Escape(name)}' must be a text{(areHeaders ? "" : ", a number, or a list of them")}", value.At));
            if (areHeaders && !IsToken(name)) errors.Add(new Error(ErrorCodes.InvalidName, $"'{Printable.Escape(name)}' cannot be the name of a header", at));
            fields.Add((JsonNode)new JsonObject { ["name"] = name, ["value"] = settings.Json(value) });
        }

        return fields;
    }

    private JsonObject? ReadAuth(MapReader map)
    {
        var (bearer, basic, client) = (map.Find("bearer"), map.FindMap("basic"), map.FindMap("client_credentials"));
        if ((bearer is null ? 0 : 1) + (basic is null ? 0 : 1) + (client is null ? 0 : 1) != 1) errors.Add(new Error(ErrorCodes.InvalidValue, "'auth' is exactly one of: bearer, basic, client_credentials", map.At));
        var auth = new JsonObject { ["bearer"] = map.FindSecretText("bearer", settings, errors) };
        if (basic is not null)
        {
            auth["user"] = Known(basic, "user");
            auth["password"] = basic.Require("password") is null ? null : basic.FindSecretText("password", settings, errors);
            basic.Finish();
        }
        else if (client is not null)
        {
            auth["token_url"] = Known(client, "token_url");
            auth["user"] = Known(client, "client_id");
            auth["password"] = client.Require("client_secret") is null ? null : client.FindSecretText("client_secret", settings, errors);
            auth["scope"] = client.FindText("scope");
            if (auth["token_url"] is JsonValue address && address.TryGetValue<string>(out var url) && (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")))
                errors.Add(new Error(ErrorCodes.InvalidValue, "'token_url' must be an address such as https://login.example.com/token", client.Find("token_url")!.At));
            client.Finish();
        }

        map.Finish();
        return auth;
    }

    /// <summary>Who asks, and where for a token: not from an earlier step, by which credentials could be sent elsewhere.</summary>
    private JsonValue? Known(MapReader map, string key)
    {
        if (map.Require(key) is not { } value) return null;
        if (value is YamlScalar text && !settings.IsLate(value)) return JsonValue.Create(text.Text);
        errors.Add(new Error(ErrorCodes.InvalidValue, $"'{key}' must be a text, known before the run", value.At));
        return null;
    }

    private JsonArray ReadExpected(MapReader map)
    {
        var expected = new JsonArray();
        foreach (var text in map.FindTexts("expect"))
        {
            if (int.TryParse(text.Text, out var status) && status is >= 200 and < 500 and not (408 or 425 or 429)) expected.Add(JsonValue.Create(status));
            else errors.Add(new Error(ErrorCodes.InvalidValue, $"'expect' must be {ExpectRule}", text.At));
        }

        return expected;
    }

    private JsonArray ReadRedirects(MapReader map)
    {
        var redirects = new JsonArray();
        foreach (var text in map.FindTexts("redirects"))
        {
            if (SandboxEndpoint.Parse(text.Text, out var problem) is { } endpoint) redirects.Add(JsonValue.Create(endpoint.ToString()));
            else errors.Add(new Error(ErrorCodes.InvalidValue, $"'redirects': '{Printable.Escape(text.Text)}' {problem}", text.At));
        }

        return redirects;
    }

    private static JsonObject? ReadRetry(MapReader? map)
    {
        if (map is null) return null;
        var retry = new JsonObject
        {
            ["attempts"] = map.Find<int>("attempts", text => Units.Count(text) is { } count and <= MostAttempts ? count : null, $"how often a request is tried, from 1 to {MostAttempts}"),
            ["initial_ms"] = (long?)map.Find("initial", Units.Duration, Units.DurationRule)?.TotalMilliseconds,
            ["max_ms"] = (long?)map.Find("max", Units.Duration, Units.DurationRule)?.TotalMilliseconds,
        };
        map.Finish();
        return retry;
    }

    private static JsonObject ReadOutput(MapReader map, ShapeReader shapes)
    {
        var output = new JsonObject();
        if (map.FindMap("output") is not { } picks) return output;
        foreach (var (name, _, _) in picks.Entries()) output[name] = shapes.FindPointer(picks, name);
        return output;
    }

    private static bool IsToken(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
