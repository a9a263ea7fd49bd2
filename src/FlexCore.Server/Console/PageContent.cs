using Microsoft.AspNetCore.Components;

namespace FlexCore.Server.Console;

/// <summary>A page before it is written.</summary>
/// <param name="Component">The component that writes it.</param>
/// <param name="Title">Its title.</param>
/// <param name="Model">What it shows.</param>
internal sealed record PageContent(Type Component, string Title, object? Model)
{
    /// <summary>A page that shows something.</summary>
    public static PageContent Of<TComponent>(string title, object? model = null)
        where TComponent : IComponent => new(typeof(TComponent), title, model);
}
