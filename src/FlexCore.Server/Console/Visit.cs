using FlexCore.Application.Bus;
using FlexCore.Domain.Access;
using FlexCore.Domain.Errors;
using FlexCore.Server.Console.SignIn;
using FlexCore.Server.Rest;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Console;

/// <summary>A request of somebody who has signed in.</summary>
/// <param name="Context">The request.</param>
/// <param name="SignedIn">Who they are.</param>
/// <param name="Now">The time.</param>
/// <param name="Form">The form that they have sent; empty where they only look.</param>
/// <param name="Bus">Whom to ask.</param>
internal sealed record Visit(HttpContext Context, SignedIn SignedIn, DateTimeOffset Now, IFormCollection Form, MessageBus Bus)
{
    /// <summary>Stops when nobody waits for the answer any more.</summary>
    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>Asks as whoever visits.</summary>
    /// <exception cref="FlexCoreException">It is refused.</exception>
    public async Task<T> AskAsync<T>(IRequest<T> request)
    {
        var answer = await Bus.SendAsync(request, SignedIn.Caller, Aborted);
        return answer.IsSuccess ? answer.Value : throw new FlexCoreException(answer.Errors);
    }

    /// <summary>Asks where they may; null where they may not, without its being on record that they were refused.</summary>
    public async Task<T?> AskIfAllowedAsync<T>(IRequest<T> request)
        where T : class =>
        May(request.Permission) ? await AskAsync(request) : null;

    /// <summary>Whether a permission is theirs.</summary>
    public bool May(Permission permission) => SignedIn.Caller.Role.Allows(permission);

    /// <summary>A part of the address.</summary>
    public string Part(string name) => (string)Context.Request.RouteValues[name]!;

    /// <summary>The run in the address.</summary>
    public Guid RunId => Guid.Parse(Part("run"));

    /// <summary>What the query or the form says; null for nothing.</summary>
    public string? Said(string name) =>
        Form[name] is [{ Length: > 0 } sent] ? sent : Context.Request.Query[name] is [{ Length: > 0 } asked] ? asked : null;

    /// <summary>The number that the query says; null for none.</summary>
    /// <exception cref="FlexCoreException">It is none.</exception>
    public long? Number(string name) => Said(name) is { } text ? Paging.Number(text) : null;
}
