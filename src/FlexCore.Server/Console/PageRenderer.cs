using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FlexCore.Server.Console.Parts;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace FlexCore.Server.Console;

/// <summary>Writes pages. A page says the same until something in it changes, so that whoever looks again is told only that nothing has.</summary>
internal sealed class PageRenderer(IServiceProvider services, ILoggerFactory logs)
{
    private const string ContentType = "text/html; charset=utf-8";

    /// <summary>Answers with a page.</summary>
    public async Task WriteAsync(HttpContext context, Shell shell, PageContent content, int status = StatusCodes.Status200OK)
    {
        var page = await RenderAsync(shell, content);
        context.Response.StatusCode = status;
        context.Response.ContentType = ContentType;
        if (status == StatusCodes.Status200OK && IsKnown(context, page)) return;
        await context.Response.Body.WriteAsync(page, context.RequestAborted);
    }

    private async Task<byte[]> RenderAsync(Shell shell, PageContent content)
    {
        await using var renderer = new HtmlRenderer(services, logs);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = ParameterView.FromDictionary(new Dictionary<string, object?>(StringComparer.Ordinal) { [nameof(Document.Shell)] = shell, [nameof(Document.Component)] = content.Component, [nameof(Document.Title)] = content.Title, [nameof(Document.Model)] = content.Model });
            var root = await renderer.RenderComponentAsync<Document>(parameters);
            using var text = new StringWriter(new StringBuilder("<!DOCTYPE html>\n"), CultureInfo.InvariantCulture);
            root.WriteHtmlTo(text);
            return Encoding.UTF8.GetBytes(text.ToString());
        });
    }

    private static bool IsKnown(HttpContext context, byte[] page)
    {
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(page))[..32]}\"");
        context.Response.Headers.ETag = tag.ToString();
        if (!context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false))) return false;
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }
}
