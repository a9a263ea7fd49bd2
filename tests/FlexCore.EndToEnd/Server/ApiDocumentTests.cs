using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FlexCore.Plugins.Json;
using FlexCore.Plugins.JsonSchema;

namespace FlexCore.EndToEnd.Server;

/// <summary>What the document of the API says, and what the server does.</summary>
public sealed class ApiDocumentTests(ServedProject server) : IClassFixture<ServedProject>
{
    private static readonly int Requests = Environment.GetEnvironmentVariable("FLEXCORE_LONG") is null ? 1_500 : 50_000;

    // What people and programs put where it does not belong.
    private static readonly string[] Texts =
    [
        "", "one", "idle", "latest", "nobody", "a", "0", "-1", "1", "9223372036854775807", "99999999999999999999", "1e3", "null", "true", "..", "../../etc/passwd", "%00", "%", "'", "';--", "\u0001", "\u001b[2J", "𝒳", "é",
        "01900000-0000-7000-8000-000000000000", "00000000-0000-0000-0000-000000000000", "run-x", "access-tokens", "{}", "[]", "*", " ", "x y", "succeeded", "open", "invalid",
    ];

    [Fact]
    public async Task Every_answer_is_as_the_document_says_whatever_is_asked()
    {
        await server.RunAsync();
        var document = await server.DocumentAsync();
        document.GetProperty("openapi").GetString()!.ShouldStartWith("3.1");
        var operations = (from path in document.GetProperty("paths").EnumerateObject() from operation in path.Value.EnumerateObject() select new Operation(path.Name, operation.Name, operation.Value)).ToList();
        var schemas = new Dictionary<string, CompiledSchema>(StringComparer.Ordinal);
        var (random, answered) = (new Random(20261122), new Dictionary<string, int>(StringComparer.Ordinal));
        for (var i = 0; i < Requests; i++)
        {
            var operation = operations[i % operations.Count];
            using var request = Make(operation, document, random);
            var asked = $"request {i}: {request.Method} {request.RequestUri} {(request.Content is null ? "" : await request.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))}";
            var answer = await server.SendAsync(request);
            ((int)answer.Status).ShouldBeLessThan(500, $"{asked}: {answer.Text}");
            if (answer.Status == HttpStatusCode.NotModified) continue;
            Check(operation, answer, document, schemas, asked);
            if (answer.Status < HttpStatusCode.BadRequest) answered[operation.Name] = answered.GetValueOrDefault(operation.Name) + 1;
        }

        // The figures would mean nothing if all had been refused.
        answered.Count.ShouldBeGreaterThan(operations.Count / 3);
        server.Said.ShouldNotContain(" is broken");
    }

    private static void Check(Operation operation, RestAnswer answer, JsonElement document, Dictionary<string, CompiledSchema> schemas, string asked)
    {
        var status = ((int)answer.Status).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (!operation.Document.GetProperty("responses").TryGetProperty(status, out var response))
        {
            // A method or an address that the path's values have made another one.
            (status is "404" or "405").ShouldBeTrue($"{asked}: the document has no status {status}");
            return;
        }

        if (!response.TryGetProperty("content", out var content))
        {
            answer.Text.ShouldBeEmpty(asked);
            return;
        }

        var media = content.EnumerateObject().First();
        answer.MediaType.ShouldBe(media.Name, asked);
        if (media.Name == "application/jsonl")
        {
            foreach (var line in answer.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)) new JsonTape().Read(Encoding.UTF8.GetBytes(line)).ShouldBeNull(asked);
            return;
        }

        var key = $"{operation.Name} {status}";
        if (!schemas.TryGetValue(key, out var schema)) schemas[key] = schema = Compile(media.Value.GetProperty("schema"), document);
        var tape = new JsonTape();
        tape.Read(Encoding.UTF8.GetBytes(answer.Text)).ShouldBeNull(asked);
        schema.ValidateAll(tape, 0, 3).ShouldBeEmpty($"{asked}: {answer.Text}");
    }

    private static CompiledSchema Compile(JsonElement schema, JsonElement document)
    {
        var whole = $$"""{"$schema":"https://json-schema.org/draft/2020-12/schema","allOf":[{{schema.GetRawText()}}],"components":{"schemas":{{document.GetProperty("components").GetProperty("schemas").GetRawText()}} } }""";
        CompiledSchema.TryCompile(Encoding.UTF8.GetBytes(whole), out var compiled, out var problem).ShouldBeTrue(problem);
        return compiled!;
    }

    private HttpRequestMessage Make(Operation operation, JsonElement document, Random random)
    {
        var path = operation.Path;
        var query = new List<string>();
        if (operation.Document.TryGetProperty("parameters", out var parameters))
        {
            foreach (var parameter in parameters.EnumerateArray())
            {
                var (name, value) = (parameter.GetProperty("name").GetString()!, Uri.EscapeDataString(Pick(random)));
                if (parameter.GetProperty("in").GetString() == "path") path = path.Replace($"{{{name}}}", value is "" or ".." ? "one" : value, StringComparison.Ordinal);
                else if (random.Next(3) == 0) query.Add($"{name}={value}");
            }
        }

        var request = server.Request(new HttpMethod(operation.Method.ToUpperInvariant()), query.Count == 0 ? path : $"{path}?{string.Join('&', query)}", ServedProject.Roles[random.Next(4) == 0 ? random.Next(4) : 2]);
        if (operation.Document.TryGetProperty("requestBody", out var body) && random.Next(10) > 0)
        {
            request.Content = new StringContent(Body(body.GetProperty("content").EnumerateObject().First().Value.GetProperty("schema"), document, random, depth: 0), Encoding.UTF8);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(random.Next(20) == 0 ? "text/plain" : "application/json");
        }

        if (random.Next(8) == 0) request.Headers.TryAddWithoutValidation("If-Match", random.Next(2) == 0 ? $"\"{random.Next(5)}\"" : "garbage");
        if (random.Next(8) == 0) request.Headers.TryAddWithoutValidation("If-None-Match", $"\"{random.Next(5)}\"");
        if (random.Next(8) == 0) request.Headers.TryAddWithoutValidation("Idempotency-Key", random.Next(2) == 0 ? $"k{random.Next(20)}" : new string('k', 300));
        return request;
    }

    private static string Body(JsonElement schema, JsonElement document, Random random, int depth)
    {
        if (random.Next(12) == 0) return random.Next(3) switch { 0 => "", 1 => "{", _ => JsonSerializer.Serialize(Pick(random)) };
        if (schema.TryGetProperty("$ref", out var reference)) return Body(document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]), document, random, depth);
        if (schema.TryGetProperty("oneOf", out var either)) return Body(either[random.Next(either.GetArrayLength())], document, random, depth);
        if (depth > 4 || !schema.TryGetProperty("type", out var type)) return random.Next(2) == 0 ? "{}" : "[1,{\"a\":null}]";
        var kind = type.ValueKind == JsonValueKind.Array ? type[random.Next(type.GetArrayLength())].GetString() : type.GetString();
        return kind switch
        {
            "object" when schema.TryGetProperty("properties", out var properties) =>
                $"{{{string.Join(',', properties.EnumerateObject().Where(_ => random.Next(6) > 0).Select(member => $"{JsonSerializer.Serialize(member.Name)}:{Body(member.Value, document, random, depth + 1)}"))}}}",
            "object" => $"{{{JsonSerializer.Serialize(Pick(random))}:{JsonSerializer.Serialize(Pick(random))}}}",
            "array" => $"[{JsonSerializer.Serialize(random.Next(2) == 0 ? Guid.NewGuid().ToString() : Pick(random))}]",
            "integer" => random.Next(4) switch { 0 => "99999999999999999999", 1 => "-1", 2 => "1.5", _ => "1" },
            "boolean" => random.Next(2) == 0 ? "true" : "false",
            "null" => "null",
            _ => JsonSerializer.Serialize(schema.TryGetProperty("format", out var format) && format.GetString() == "date-time" && random.Next(3) > 0 ? "2026-01-01T00:00:00Z" : Pick(random)),
        };
    }

    private static string Pick(Random random) => random.Next(30) == 0 ? new string('x', 3000) : Texts[random.Next(Texts.Length)];

    private sealed record Operation(string Path, string Method, JsonElement Document)
    {
        public string Name => Document.GetProperty("operationId").GetString()!;
    }
}
