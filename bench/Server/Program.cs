using System.Globalization;
using FlexCore.Server.Benchmarks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

// Asks a server that somebody else has started. TOKENS is a file with an access token in each line, which take turns.
// mixed URL TOKENS SECONDS        500 reads and 50 starts a second, steadily, whatever the answers: from when each was due to its answer
// most URL TOKENS SECONDS PATH    reads as fast as 32 connections get them
// bare PORT FILE                  the limit: a minimal API of ASP.NET that answers with the bytes of a file
// follow URL TOKENS FOLLOWERS     a run of the pipeline `slow`, followed by so many: from each event to each follower
switch (args[0])
{
    case "mixed":
        await Load.MixedAsync(new Uri(args[1]), await File.ReadAllLinesAsync(args[2]), TimeSpan.FromSeconds(int.Parse(args[3], CultureInfo.InvariantCulture)));
        break;
    case "most":
        await Load.MostAsync(new Uri(args[1]), await File.ReadAllLinesAsync(args[2]), TimeSpan.FromSeconds(int.Parse(args[3], CultureInfo.InvariantCulture)), args[4]);
        break;
    case "follow":
        await Followers.RunAsync(new Uri(args[1]), (await File.ReadAllLinesAsync(args[2]))[0], int.Parse(args[3], CultureInfo.InvariantCulture));
        break;
    case "bare":
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var application = builder.Build();
            var bytes = await File.ReadAllBytesAsync(args[2]);
            application.MapGet("/", () => Results.Bytes(bytes, "application/json"));
            await application.RunAsync($"http://127.0.0.1:{args[1]}");
            break;
        }
}
