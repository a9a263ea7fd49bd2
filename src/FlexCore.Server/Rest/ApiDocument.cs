using System.Text.Json;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace FlexCore.Server.Rest;

/// <summary>The OpenAPI 3.1 document of the API.</summary>
internal static class ApiDocument
{
    /// <summary>Its name: it is <c>/openapi/v1.json</c>.</summary>
    public const string Name = "v1";

    private const string Scheme = "bearer";

    /// <summary>What it says beside what endpoints say of themselves.</summary>
    public static void Configure(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "FlexCore", Version = Name, Description = "Pipelines, runs and what they leave. Errors are problem documents (RFC 9457) with a code." };
            document.Servers = [];
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
            document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = Scheme, Description = "An access token: `flexcore token create`." };
            document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
            foreach (var schema in document.Components.Schemas?.Values ?? []) LetAnythingBeNull(schema);
            return Task.CompletedTask;
        });
    }

    // Anything is null, too: "either null or anything" would be wrong of null.
    private static void LetAnythingBeNull(IOpenApiSchema schema)
    {
        foreach (var (name, member) in schema.Properties?.ToList() ?? [])
        {
            if (member.OneOf?.OfType<OpenApiSchemaReference>().FirstOrDefault(each => each.Reference.Id == nameof(JsonElement)) is { } anything)
                schema.Properties![name] = new OpenApiSchema { Description = anything.Description };
        }
    }
}
