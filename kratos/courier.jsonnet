function(ctx) {
  recipient: ctx.recipient,
  template_type: ctx.template_type,
  subject: if 'subject' in ctx then ctx.subject else null,
  body: if 'body' in ctx then ctx.body else null,
}
