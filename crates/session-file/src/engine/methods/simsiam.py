"""SimSiam: predict one view of an image from the other, and let only the prediction move."""

from lightly.loss import NegativeCosineSimilarity

from network import Base, Branch, Mlp, gather


class Method(Base):
    def __init__(self, knobs, size):
        super().__init__()
        self.knobs = knobs
        widths = [knobs["latent"]] * 3
        self.branch = Branch(knobs["projector"], widths, size, output_norm=True)
        d = self.branch.outputs
        self.predictor = Mlp([d, (d + 3) // 4, d], size.norm)
        self.similarity = NegativeCosineSimilarity()

    def loss(self, views, at):
        z = [self.branch(view) for view in views]
        p = [self.predictor(z) for z in z] if self.knobs["predictor"] else z
        targets = [z.detach() for z in z] if self.knobs["stopGradient"] else z
        p, targets = [[gather(x) for x in both] for both in (p, targets)]
        return (self.similarity(p[0], targets[1]) + self.similarity(p[1], targets[0])) / 2

    def group(self, name):
        if name.startswith("predictor"):
            return {"rate": 2.0, "constant": True}
        return {"rate": 0.5}
