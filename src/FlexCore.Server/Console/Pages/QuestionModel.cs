namespace FlexCore.Server.Console.Pages;

/// <summary>A question, and the form that is sent again with the answer.</summary>
/// <param name="Text">The question.</param>
/// <param name="Consequence">What follows from yes.</param>
/// <param name="Yes">The button that does it.</param>
/// <param name="Back">The page that they came from.</param>
/// <param name="WantsReason">Whether they can say why.</param>
/// <param name="Fields">What the form has said before.</param>
public sealed record QuestionModel(string Text, string Consequence, string Yes, string Back, bool WantsReason, IReadOnlyList<KeyValuePair<string, string?>> Fields);
