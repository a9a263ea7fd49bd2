using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using FlexCore.Application.Ports;
using FlexCore.Domain;
using FlexCore.Domain.Errors;
using FlexCore.Plugins.Json;

namespace FlexCore.Plugins.BuiltIn;

/// <summary>Asks a service over HTTP, page by page where the answer has several.</summary>
internal sealed class HttpStep(HttpSettings settings, IHttpServices services, Action<string> say)
{
    private const int MostOfAnswer = 300;

    private readonly JsonTape _tape = new();

    /// <summary>Does it.</summary>
    /// <returns>What it leaves: <c>status</c>, what <c>output</c> picks, and <c>body</c>, or of pages <c>pages</c>, <c>count</c>, <c>first</c> and <c>items</c>.</returns>
    public async Task<ReadOnlyMemory<byte>> RunAsync(CancellationToken cancellationToken)
    {
        await using var asking = new HttpRedirects(settings, services);
        var ask = Ask();
        return settings.Pages is { } pages ? await AskAllAsync(asking, ask, new HttpPages(pages, settings.Origin), cancellationToken) : await AskOnceAsync(asking, ask, cancellationToken);
    }

    private async Task<ReadOnlyMemory<byte>> AskOnceAsync(HttpRedirects asking, HttpAsk ask, CancellationToken cancellationToken)
    {
        var reply = await AskAsync(asking, ask, cancellationToken);
        var isJson = settings.Output.Count > 0 || (settings.Save is null ? IsJson(reply) : SavedFile.HasLines(settings.Save));
        JsonElement? body = isJson ? StepData.Parse(reply.Body, "the answer", _tape) : null;
        if (settings.Save is { } save) await SaveAsync(save, reply, body, cancellationToken);
        say($"answered {reply.Status}, {reply.Body.Length} B");
        return LeftItems.Describe(output =>
        {
            output.WriteNumber("status", reply.Status);
            Pick(body, output);
            if (settings.Save is not null) return;
            output.WritePropertyName("body");
            if (body is { } document) document.WriteTo(output);
            else if (reply.Body.IsEmpty) output.WriteNullValue();
            else output.WriteStringValue(Utf8.IsValid(reply.Body.Span) ? reply.Body.Span : throw StepData.Invalid("the answer is no text: write it to a file with `save`"));
        });
    }

    private async Task<ReadOnlyMemory<byte>> AskAllAsync(HttpRedirects asking, HttpAsk ask, HttpPages pages, CancellationToken cancellationToken)
    {
        await using var items = new LeftItems(settings.Save);
        JsonElement? first = null;
        var (status, count) = (0, 0);
        for (var target = pages.First(ask.Target); target is not null; count++)
        {
            var reply = await AskAsync(asking, ask with { Target = target }, cancellationToken);
            var body = StepData.Parse(reply.Body, $"page {count + 1}", _tape);
            (status, first) = (reply.Status, first ?? body);
            var found = pages.ItemsOf(body);
            foreach (var item in found) await items.AddAsync(item, cancellationToken);
            target = pages.Next(target, reply, body, found.Count);
        }

        await items.FinishAsync(cancellationToken);
        say($"{items.Count} items on {count} pages");
        return LeftItems.Describe(output =>
        {
            output.WriteNumber("status", status);
            output.WriteNumber("pages", count);
            Pick(first, output);
            items.Write(output);
        });
    }

    private async Task<HttpReply> AskAsync(HttpRedirects asking, HttpAsk ask, CancellationToken cancellationToken)
    {
        say($"{ask.Method} {settings.Origin.GetLeftPart(UriPartial.Authority)}{ask.Target.Split('?')[0]}");
        var reply = await asking.SendAsync(ask, cancellationToken);
        if (IsExpected(reply.Status)) return reply;
        var code = reply.Status switch
        {
            401 or 403 or 407 => ErrorCodes.SystemAccessRefused,
            409 or 412 => ErrorCodes.SystemConflict,
            _ => ErrorCodes.SystemRequestRefused,
        };
        throw new FlexCoreException(new Error(code, $"{settings.Origin.Authority} answers {reply.Status}{Quote(reply)}"));
    }

    private bool IsExpected(int status) => settings.Expect.Count == 0 ? status is >= 200 and < 300 : settings.Expect.Contains(status);

    private HttpAsk Ask()
    {
        var headers = settings.Headers.Select(field => KeyValuePair.Create(field.Name, HttpTarget.TextOf(field.Value))).ToList();
        if (headers.Find(header => header.Value.Any(char.IsControl)) is { Key: { } bad }) throw StepData.Invalid($"the header {bad} has a line break or another control character in it");
        var type = headers.FindIndex(header => header.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase));
        var ask = new HttpAsk(settings.Method, HttpTarget.Of(settings)) { Headers = headers, IdempotencyKey = settings.IdempotencyKey is { } key ? HttpTarget.TextOf(key) : null };
        if (settings.Body is not { } body) return ask;
        if (type >= 0) headers.RemoveAt(type);
        return ask with
        {
            Body = Encoding.UTF8.GetBytes(body.Value is { ValueKind: JsonValueKind.String } text ? text.GetString()! : body.Value?.GetRawText() ?? "null"),
            ContentType = type >= 0 ? HttpTarget.TextOf(settings.Headers[type].Value) : body.Value is { ValueKind: JsonValueKind.String } ? "text/plain; charset=utf-8" : "application/json",
        };
    }

    private void Pick(JsonElement? body, Utf8JsonWriter output)
    {
        foreach (var (name, pointer) in settings.Output)
        {
            if (body is not { } document || JsonPointers.Find(document, pointer) is not { } value) throw StepData.Invalid($"the answer has nothing at {pointer}, which is to be '{name}'");
            output.WritePropertyName(name);
            value.WriteTo(output);
        }
    }

    private static async Task SaveAsync(string path, HttpReply reply, JsonElement? body, CancellationToken cancellationToken)
    {
        await using var file = SavedFile.Create(path);
        if (!SavedFile.HasLines(path)) await file.WriteAsync(reply.Body, cancellationToken);
        else if (body is { ValueKind: JsonValueKind.Array } list) foreach (var item in list.EnumerateArray()) await file.AddAsync(item, cancellationToken);
        else await file.AddAsync(body!.Value, cancellationToken);
        await file.FinishAsync(cancellationToken);
    }

    private bool IsJson(HttpReply reply) => _tape.Read(reply.Body) is null;

    private static string Quote(HttpReply reply)
    {
        if (reply.Body.IsEmpty || !Utf8.IsValid(reply.Body.Span)) return "";
        var text = Encoding.UTF8.GetString(reply.Body.Span).Trim();
        return $": {Printable.Escape(text.Length > MostOfAnswer ? text[..MostOfAnswer] + "…" : text)}";
    }
}
