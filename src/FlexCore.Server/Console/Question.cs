using FlexCore.Server.Console.Pages;
using Microsoft.AspNetCore.Http;

namespace FlexCore.Server.Console;

/// <summary>What somebody is asked before something is done that cannot be taken back.</summary>
/// <param name="Text">The question.</param>
/// <param name="Consequence">What follows from yes.</param>
/// <param name="Yes">The button that does it.</param>
/// <param name="Back">The page that they came from.</param>
/// <param name="WantsReason">Whether they can say why.</param>
internal sealed record Question(string Text, string Consequence, string Yes, string Back, bool WantsReason = false)
{
    /// <summary>A page that asks, and sends the same form again with the answer.</summary>
    public static PageContent Page(Question question, IFormCollection form) => PageContent.Of<QuestionPage>(question.Text, new QuestionModel(
        question.Text, question.Consequence, question.Yes, question.Back, question.WantsReason, [.. from field in form where field.Key != Site.FormTokenField from value in field.Value select KeyValuePair.Create(field.Key, value)]));
}
