using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;

namespace FlexCore.Server.Console;

/// <summary>
/// The styles and scripts of the console. They are in the assembly, and their address has a hash over all of them in it: a browser asks once, keeps them for a year, and asks again when one of them is another.
/// </summary>
internal sealed class ConsoleAssets
{
    private const string Prefix = "console/";
    private const string Forever = "public, max-age=31536000, immutable";

    private readonly Dictionary<string, Asset> _assets;

    private ConsoleAssets(Dictionary<string, Asset> assets)
    {
        _assets = assets;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, asset) in assets.OrderBy(asset => asset.Key, StringComparer.Ordinal)) hash.AppendData(asset.Plain);
        Version = Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    /// <summary>A hash over all of them.</summary>
    public string Version { get; }

    /// <summary>Takes them out of the assembly, and compresses them: that costs once what else each answer would.</summary>
    public static ConsoleAssets Load()
    {
        var types = new FileExtensionContentTypeProvider();
        var assembly = typeof(ConsoleAssets).Assembly;
        return new ConsoleAssets(assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary(name => name[Prefix.Length..], name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            types.TryGetContentType(name, out var type);
            return new Asset(type!.StartsWith("text/", StringComparison.Ordinal) ? $"{type}; charset=utf-8" : type, bytes.ToArray());
        }, StringComparer.Ordinal));
    }

    /// <summary>Answers with one of them.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        if (!string.Equals((string?)context.Request.RouteValues["version"], Version, StringComparison.Ordinal) || !_assets.TryGetValue((string)context.Request.RouteValues["name"]!, out var asset))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var (encoding, body) = asset.For(context.Request.Headers.AcceptEncoding.ToString());
        context.Response.ContentType = asset.Type;
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = Forever;
        context.Response.Headers.Vary = "Accept-Encoding";
        if (encoding is not null) context.Response.Headers.ContentEncoding = encoding;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private sealed class Asset(string type, byte[] plain)
    {
        private readonly byte[] _brotli = Compress(plain, stream => new BrotliStream(stream, CompressionLevel.SmallestSize));
        private readonly byte[] _gzip = Compress(plain, stream => new GZipStream(stream, CompressionLevel.SmallestSize));

        public string Type => type;

        public byte[] Plain => plain;

        public (string? Encoding, byte[] Body) For(string accepted) =>
            accepted.Contains("br", StringComparison.OrdinalIgnoreCase) ? ("br", _brotli)
            : accepted.Contains("gzip", StringComparison.OrdinalIgnoreCase) ? ("gzip", _gzip)
            : (null, plain);

        private static byte[] Compress(byte[] plain, Func<Stream, Stream> compressing)
        {
            using var compressed = new MemoryStream();
            using (var stream = compressing(compressed)) stream.Write(plain);
            return compressed.ToArray();
        }
    }
}
